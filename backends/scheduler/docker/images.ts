import { createHash } from 'node:crypto';
import { SchedulerError, SchedulerFailure } from '../contract.ts';
import type { ImageRequest, ImageUse } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { Gate } from './gate.ts';
import { findImage } from './image-lookup.ts';
import { isReference, withTag } from './image-reference.ts';
import { pullImage } from './pull-image.ts';
import { RecordedUse } from './recorded-use.ts';
import { SharedWork } from './shared-work.ts';

/** How many answers are remembered for their scopes; the oldest go first, and only cost a request. */
const REMEMBERED_ANSWERS = 10_000;

type Report = (line: string) => void;

/** Sees to it that images are there, with as few questions to engine and registries as possible. */
export class Images {
  readonly #client: EngineClient;
  readonly #pulls: Gate;
  readonly #fetches = new SharedWork<string>();
  /** What was found for a scope, by scope and request. */
  readonly #answers = new Map<string, string>();
  readonly use: RecordedUse;

  constructor(client: EngineClient, maxParallelPulls: number, use: ImageUse | undefined) {
    this.#client = client;
    this.#pulls = new Gate(maxParallelPulls);
    this.use = new RecordedUse(client, use);
  }

  /** See `Scheduler.ensureImage`. */
  async ensure(request: ImageRequest, onProgress: Report, signal: AbortSignal): Promise<string> {
    if (!isReference(request.image)) {
      throw new SchedulerError(SchedulerFailure.ImageNotFound, `'${request.image}' is not an image reference`);
    }
    const key = requestKey(request);
    const scoped = request.scope === undefined ? undefined : `${request.scope} ${key}`;
    const known = scoped === undefined ? undefined : this.#answers.get(scoped);
    const image = known ?? (await this.#fetches.join(key, this.#fetcher(request), onProgress, signal));
    if (scoped !== undefined) this.#remember(scoped, image);
    await this.use.record(image, 'used');
    return image;
  }

  /** To be called when an image turns out to be gone. */
  forget(imageId: string): void {
    for (const [scoped, image] of this.#answers) if (image === imageId) this.#answers.delete(scoped);
  }

  #remember(scoped: string, image: string): void {
    this.#answers.set(scoped, image);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= REMEMBERED_ANSWERS) return;
      this.#answers.delete(oldest);
    }
  }

  #fetcher(request: ImageRequest): (report: Report, signal: AbortSignal) => Promise<string> {
    return async (report, signal) => {
      const image = withTag(request.image);
      const local = await findImage(this.#client, image, signal);
      if (local !== undefined && !request.alwaysPull) return local;
      const onWait = () => report(`waiting for other images to be pulled before ${image}`);
      const found = await this.#pulls.pass(() => this.#pull({ ...request, image }, local, report, signal), {
        signal,
        onWait,
      });
      if (found !== local) await this.use.record(found, 'pulled');
      return found;
    };
  }

  async #pull(request: ImageRequest, local: string | undefined, report: Report, signal: AbortSignal): Promise<string> {
    report(`pulling image ${request.image}`);
    try {
      await pullImage(this.#client, request, report, signal);
    } catch (error) {
      signal.throwIfAborted();
      const mayUseLocal = error instanceof SchedulerError && error.failure === SchedulerFailure.ImageUnavailable;
      if (local === undefined || !mayUseLocal) throw error;
      report(`${error.message}; using the image that is here already`);
      return local;
    }
    const pulled = await findImage(this.#client, request.image, signal);
    if (pulled !== undefined) return pulled;
    const message = `image ${request.image} was pulled, but is gone again: something on the engine's machine removes images`;
    throw new SchedulerError(SchedulerFailure.ImageUnavailable, message);
  }
}

/** The same for requests that can share an answer. The credentials are in it, but cannot be read out of it. */
function requestKey({ image, alwaysPull, auth }: ImageRequest): string {
  const parts = [withTag(image), alwaysPull, auth?.user, auth?.pass];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
