import type { ContainerTerminal } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { unexpected } from './errors.ts';

/** See `Scheduler.openTerminal`. */
export async function openTerminal(
  client: EngineClient,
  id: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ContainerTerminal> {
  try {
    const stream = await client.request(async (docker, abortSignal) => {
      const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true };
      const exec = await docker.getContainer(id).exec({ ...streams, Cmd: [...command], abortSignal });
      return exec.start({ hijack: true, stdin: true, Tty: true });
    });
    // A closed connection is how the engine tells the end; some engines reset it.
    stream.on('error', () => stream.destroy());
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return {
      output: quietly(stream),
      type: (text) => void stream.write(text),
    };
  } catch (error) {
    throw unexpected(error, `open a terminal in container ${id}`);
  }
}

/** The bytes of a stream, whose end by force is an end like any other. */
async function* quietly(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    // Hung up by us or by the engine: there is nothing more to show.
  }
}
