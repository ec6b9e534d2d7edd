import { ensureError } from '../../../core/errors.ts';
import { SchedulerError, SchedulerFailure } from '../contract.ts';
import type { ImageRequest } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { refusalOf, statusOf, unexpected, unreachable } from './errors.ts';
import { isReference, registryKey, repositoryOf, withTag } from './image-reference.ts';
import { classifyPullFailure, PullFailure, readPull } from './pull.ts';

/** See `Scheduler.ensureImage`. */
export async function ensureImage(
  client: EngineClient,
  request: ImageRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  if (!isReference(request.image)) {
    throw new SchedulerError(SchedulerFailure.ImageNotFound, `'${request.image}' is not an image reference`);
  }
  const image = withTag(request.image);
  const local = await findImage(client, image, signal);
  if (local !== undefined && !request.alwaysPull) return local;
  onProgress(`pulling image ${image}`);
  try {
    await pull(client, { ...request, image }, onProgress, signal);
  } catch (error) {
    signal.throwIfAborted();
    const mayUseLocal = error instanceof SchedulerError && error.failure === SchedulerFailure.ImageUnavailable;
    if (local === undefined || !mayUseLocal) throw error;
    onProgress(`${error.message}; using the image that is here already`);
    return local;
  }
  const pulled = await findImage(client, image, signal);
  if (pulled !== undefined) return pulled;
  const message = `image ${image} was pulled, but is gone again: something on the engine's machine removes images`;
  throw new SchedulerError(SchedulerFailure.ImageUnavailable, message);
}

/** The digest of an image that came from a registry, the id of one that did not; undefined if it is not present. */
async function findImage(client: EngineClient, image: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const found = await client.request((docker) => docker.getImage(image).inspect(), {
      signal,
    });
    const repository = repositoryOf(image);
    return (
      found.RepoDigests?.find((digest) => repositoryOf(digest) === repository) ?? found.RepoDigests?.[0] ?? found.Id
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    signal.throwIfAborted();
    const refusal = refusalOf(error);
    if (refusal?.status === 400) throw classifyPullFailure(image, refusal.words, false);
    throw unexpected(error, `look for image ${image}`);
  }
}

async function pull(
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
