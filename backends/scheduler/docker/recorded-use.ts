import type { ImageUse, PrunedImages } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { refusalOf, statusOf, unexpected, type Refusal } from './errors.ts';

/** How exactly the last use of an image is known, in milliseconds. */
const USE_PRECISION_MS = 60_000;

/** Keeps the record of the images that were pulled, and removes those that were not used for long. */
export class RecordedUse {
  readonly #client: EngineClient;
  readonly #use: ImageUse | undefined;
  /** When the use of an image was last recorded. */
  readonly #recorded = new Map<string, number>();
  #engine: Promise<string> | undefined;

  constructor(client: EngineClient, use: ImageUse | undefined) {
    this.#client = client;
    this.#use = use;
  }

  async record(imageId: string, event: 'pulled' | 'used'): Promise<void> {
    if (!this.#use) return;
    const last = this.#recorded.get(imageId) ?? 0;
    if (event === 'used' && Date.now() - last < USE_PRECISION_MS) return;
    this.#recorded.set(imageId, Date.now());
    await this.#use.record(await this.#engineId(), imageId, event);
  }

  /** See `Scheduler.pruneImages`. */
  async prune(unusedForMs: number): Promise<PrunedImages> {
    if (!this.#use) return { removed: [], freedBytes: 0 };
    const engine = await this.#engineId();
    const removed: string[] = [];
    let freedBytes = 0;
    for (const imageId of await this.#use.listUnused(engine, unusedForMs)) {
      const { isInUse, bytes } = await this.#remove(imageId);
      if (isInUse) {
        await this.#use.record(engine, imageId, 'used');
        continue;
      }
      await this.#use.forget(engine, imageId);
      if (bytes === undefined) continue;
      removed.push(imageId);
      freedBytes += bytes;
    }
    return { removed, freedBytes };
  }

  /** `bytes` is undefined if the image was not removed, because it is gone or somebody else's by now. */
  async #remove(imageId: string): Promise<{ isInUse: boolean; bytes?: number }> {
    try {
      const bytes = await this.#client.request(async (docker) => {
        const image = await docker.getImage(imageId).inspect();
        // By its id, because by a name it would only lose that.
        await docker.getImage(image.Id).remove();
        return image.Size;
      });
      return { isInUse: false, bytes };
    } catch (error) {
      if (statusOf(error) === 404) return { isInUse: false };
      const refusal = refusalOf(error);
      if (refusal?.status === 409) return { isInUse: !hasOtherNames(refusal) };
      throw unexpected(error, `remove image ${imageId}`);
    }
  }

  #engineId(): Promise<string> {
    this.#engine ??= this.#askEngineId();
    return this.#engine;
  }

  async #askEngineId(): Promise<string> {
    try {
      const { ID: id } = (await this.#client.request((docker) => docker.info())) as { ID: string };
      return id;
    } catch (error) {
      this.#engine = undefined;
      throw unexpected(error, 'tell its id');
    }
  }
}

/** The other refusals are for containers that use the image, and for images that are built on it. */
function hasOtherNames({ words }: Refusal): boolean {
  return /multiple repositories/.test(words);
}
