import { ensureError } from '../../../core/errors.ts';
import { SchedulerError, type ImageRequest } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { refusalOf, unreachable } from './errors.ts';
import { registryKey } from './image-reference.ts';
import { classifyPullFailure, PullFailure, readPull } from './pull.ts';

/**
 * Pulls an image, whose reference has a tag or a digest.
 *
 * @throws SchedulerError that says why there is none, or the signal's reason
 */
export async function pullImage(
  client: EngineClient,
  { image, auth }: ImageRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const credentials = auth && { username: auth.user, password: auth.pass, serveraddress: registryKey(image) };
  try {
    const stream = await client.open(
      (docker, abortSignal) => docker.createImage(credentials, { fromImage: image, abortSignal }),
      signal,
    );
    await readPull(stream as NodeJS.ReadableStream & AsyncIterable<Uint8Array>, onProgress);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SchedulerError) throw error;
    const words = error instanceof PullFailure ? error.message : refusalOf(error)?.words;
    if (words !== undefined) throw classifyPullFailure(image, words, auth !== undefined);
    throw unreachable(ensureError(error), client.address);
  }
}
