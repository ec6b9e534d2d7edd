import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { type ContainerTerminal, SchedulerFailure } from '../contract.ts';
import { type EngineClient } from './client.ts';
import { removeContainer } from './containers.ts';
import { refused } from './errors.ts';
import { quietly } from './terminal.ts';

/** Committing what a container has written may take a while, in milliseconds. */
const COMMIT_TIMEOUT_MS = 300_000;

/** See `Scheduler.openTerminalInCopy`. */
export async function openTerminalInCopy(
  client: EngineClient,
  id: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ContainerTerminal> {
  const remove: (() => Promise<unknown>)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const each of remove.splice(0).reverse()) await each().catch(() => undefined);
  };
  try {
    const original = await client.request((docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
    const image = await commit(client, id);
    remove.push(() => client.request((docker) => docker.getImage(image).remove({ force: true })));
    const copy = await client.request((docker, abortSignal) =>
      docker.createContainer({ ...copyOptions(original, image, command), abortSignal }),
    );
    remove.push(() => removeContainer(client, copy.id));
    const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const stream = (await client.request(() => copy.attach(streams))) as Duplex;
    stream.on('error', () => stream.destroy());
    const exit = exitCodeOf(copy).finally(() => void cleanUp());
    exit.catch(() => undefined);
    await client.request((_docker, abortSignal) => copy.start({ abortSignal }));
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return terminalOf(client, copy, stream, exit);
  } catch (error) {
    await cleanUp();
    throw refused(error, SchedulerFailure.ContainerRefused, `no terminal can be opened in a copy of container ${id}`);
  }
}

function terminalOf(
  client: EngineClient,
  copy: Docker.Container,
  stream: Duplex,
  exit: Promise<number>,
): ContainerTerminal {
  return {
    output: quietly(stream),
    type: (data) => void stream.write(data),
    async resize({ columns, rows }) {
      await client
        .request((_docker, abortSignal) => copy.resize({ w: columns, h: rows, abortSignal }))
        .catch(() => undefined);
    },
    exitCode: () => exit.catch(() => undefined),
  };
}

async function exitCodeOf(copy: Docker.Container): Promise<number> {
  return ((await copy.wait({ condition: 'next-exit' })) as { StatusCode: number }).StatusCode;
}

async function commit(client: EngineClient, id: string): Promise<string> {
  const { Id: image } = (await client.request(
    (docker, abortSignal) => docker.getContainer(id).commit({ abortSignal }),
    { timeoutMs: COMMIT_TIMEOUT_MS },
  )) as { Id: string };
  return image;
}

/** Without the labels by which containers of tasks are found: nobody is to take it for one. */
function copyOptions(
  { Id: id, Config: config, HostConfig: host }: Docker.ContainerInspectInfo,
  image: string,
  [entrypoint = '', ...command]: readonly string[],
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Labels: Object.fromEntries(Object.keys(config.Labels).map((label) => [label, ''])),
    Entrypoint: [entrypoint],
    Cmd: [...command],
    Tty: true,
    OpenStdin: true,
    // If this process dies the command loses its input, ends, and takes its container along.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      AutoRemove: true,
      Init: true,
      VolumesFrom: [id],
      ...(host.PidsLimit !== undefined && { PidsLimit: host.PidsLimit }),
      ...(host.NanoCpus !== undefined && { NanoCpus: host.NanoCpus }),
      ...(host.Memory !== undefined && { Memory: host.Memory, MemorySwap: host.MemorySwap }),
    },
  };
}
