import { SchedulerError, SchedulerFailure } from '../contract.ts';
import { isRecord, readObjects } from './ndjson.ts';

/**
 * Reads the progress of a pull to its end, because an engine reports most failures only there, below a status of 200.
 * `report` gets a line whenever the downloaded share passes another tenth.
 */
export async function readPull(source: AsyncIterable<Uint8Array>, report: (line: string) => void): Promise<void> {
  const progress = new PullProgress();
  for await (const message of readObjects(source)) {
    const failure = failureIn(message);
    if (failure !== undefined) throw new PullFailure(failure);
    const line = progress.take(message);
    if (line !== undefined) report(line);
  }
}

/** The engine gave up; the message is in its own words. */
export class PullFailure extends Error {
  override readonly name = 'PullFailure';
}

function failureIn(message: Record<string, unknown>): string | undefined {
  const detail = message['errorDetail'];
  if (isRecord(detail) && typeof detail['message'] === 'string') return detail['message'];
  return typeof message['error'] === 'string' ? message['error'] : undefined;
}

class PullProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();
  #shown = -1;

  take({ id, status, progressDetail }: Record<string, unknown>): string | undefined {
    if (typeof id !== 'string' || typeof status !== 'string') return undefined;
    if (status === 'Pulling fs layer') this.#layers.set(id, { current: 0, total: 0 });
    const layer = this.#layers.get(id);
    if (!layer) return undefined;
    if (status === 'Downloading' && isRecord(progressDetail)) {
      layer.current = Number(progressDetail['current']) || 0;
      layer.total = Number(progressDetail['total']) || 0;
    }
    if (status === 'Download complete') layer.current = layer.total;
    return this.#line();
  }

  #line(): string | undefined {
    const layers = [...this.#layers.values()];
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    if (total === 0) return undefined;
    const share = layers.reduce((sum, layer) => sum + layer.current, 0) / total;
    const tenth = Math.floor(share * 10);
    // The total grows while layers announce themselves, so the share may fall: only news are shown.
    if (tenth <= this.#shown) return undefined;
    this.#shown = tenth;
    return `downloaded ${tenth * 10} % of ${megabytes(total)}`;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Finds out from an engine's words why an image could not be had. They are all there is: the status is 500 or 404 for
 * nearly everything. Docker Hub answers alike for images that are private and those that do not exist, so credentials
 * decide between the two.
 */
export function classifyPullFailure(image: string, words: string, withCredentials: boolean): SchedulerError {
  return new SchedulerError(failureOf(words, withCredentials), `image ${image} could not be pulled: ${words}`);
}

function failureOf(words: string, withCredentials: boolean): SchedulerFailure {
  if (/does not exist or may require/i.test(words)) {
    return withCredentials ? SchedulerFailure.ImageRefused : SchedulerFailure.ImageNotFound;
  }
  if (/unauthorized|authentication required|no basic auth|access forbidden|denied|incorrect username/i.test(words)) {
    return SchedulerFailure.ImageRefused;
  }
  if (/manifest unknown|name unknown|not found|no such image|no matching manifest|invalid reference/i.test(words)) {
    return SchedulerFailure.ImageNotFound;
  }
  return SchedulerFailure.ImageUnavailable;
}
