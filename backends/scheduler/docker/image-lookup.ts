import { refusalOf, statusOf, unexpected } from './errors.ts';
import type { EngineClient } from './client.ts';
import { repositoryOf } from './image-reference.ts';
import { classifyPullFailure } from './pull.ts';

/** The digest of an image that came from a registry, the id of one that did not; undefined if it is not present. */
export async function findImage(client: EngineClient, image: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const found = await client.request((docker) => docker.getImage(image).inspect(), { signal });
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
