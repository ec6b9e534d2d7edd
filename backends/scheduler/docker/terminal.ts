import type Docker from 'dockerode';
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
    const { exec, stream } = await client.request(async (docker, abortSignal) => {
      const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true };
      const exec = await docker.getContainer(id).exec({ ...streams, Cmd: [...command], abortSignal });
      return { exec, stream: await exec.start({ hijack: true, stdin: true, Tty: true }) };
    });
    // A closed connection is how the engine tells the end; some engines reset it.
    stream.on('error', () => stream.destroy());
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return {
      output: quietly(stream),
      type: (data) => void stream.write(data),
      resize: (size) => resize(client, exec, size),
      exitCode: () => exitCodeOf(client, exec),
    };
  } catch (error) {
    throw unexpected(error, `open a terminal in container ${id}`);
  }
}

/** A screen of the wrong size is better than none. */
async function resize(
  client: EngineClient,
  exec: Docker.Exec,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Promise<void> {
  await client
    .request((_docker, abortSignal) => exec.resize({ w: columns, h: rows, abortSignal }))
    .catch(() => undefined);
}

async function exitCodeOf(client: EngineClient, exec: Docker.Exec): Promise<number | undefined> {
  try {
    const { ExitCode: code } = await client.request((_docker, abortSignal) => exec.inspect({ abortSignal }));
    return code ?? undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a stream, whose end by force is an end like any other. */
export async function* quietly(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    // Hung up by us or by the engine: there is nothing more to show.
  }
}
