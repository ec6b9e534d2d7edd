import type { Scheduler } from '../backends/scheduler/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import { extensionLabels } from '../core/extensions.ts';

export interface ExtensionLogDependencies {
  readonly scheduler: Scheduler;
  /** See `getInstance`. */
  readonly instance: string;
}

/**
 * What the container of an extension prints, from its first byte to its end.
 *
 * @throws GoferError `unavailable` if it has none
 */
export async function* followExtensionLog(
  { scheduler, instance }: ExtensionLogDependencies,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const [container] = await scheduler.findContainers(extensionLabels(instance, id));
  if (container === undefined) throw new GoferError(ErrorKind.Unavailable, `extension '${id}' has no container`);
  // A character may be split over two entries of a stream.
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { stream, data } of scheduler.followLog(container, undefined, signal)) {
    const text = decoders[stream].decode(data, { stream: true });
    if (text !== '') yield text;
  }
}
