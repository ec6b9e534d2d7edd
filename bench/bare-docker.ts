import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { readObjects } from '../backends/scheduler/docker/ndjson.ts';

/** Runs containers with nothing but the engine's API: what no orchestrator on this machine can be faster than. */
export interface BareDocker {
  /** Creates a container, starts it, waits for its end and removes it. */
  runContainer(): Promise<void>;
  close(): void;
}

export interface Work {
  readonly image: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

interface DieEvent {
  readonly Actor: { readonly ID: string; readonly Attributes: { readonly exitCode: string } };
}

/** Listens to the ends of containers before the first one starts, so that none is missed however short it is. */
export async function openBareDocker(work: Work): Promise<BareDocker> {
  const docker = new Docker();
  const waiting = new Map<string, (exitCode: string) => void>();
  const events = await docker.getEvents({ filters: { type: ['container'], event: ['die'] } });
  const ended = listen(events.pipe(new PassThrough()), waiting);
  ended.catch(() => undefined);
  return {
    async runContainer() {
      const container = await docker.createContainer({
        Image: work.image,
        Cmd: [...work.command],
        Labels: { ...work.labels },
      });
      const exit = new Promise<string>((resolve) => waiting.set(container.id, resolve));
      await container.start();
      const exitCode = await Promise.race([exit, ended]);
      waiting.delete(container.id);
      await container.remove();
      if (exitCode !== '0') throw new Error(`a container ended with ${exitCode}`);
    },
    close: () => (events as NodeJS.ReadableStream & { destroy(): void }).destroy(),
  };
}

async function listen(events: AsyncIterable<Uint8Array>, waiting: Map<string, (code: string) => void>): Promise<never> {
  for await (const event of readObjects(events)) {
    const { ID: id, Attributes: attributes } = (event as unknown as DieEvent).Actor;
    waiting.get(id)?.(attributes.exitCode);
  }
  throw new Error("the stream of the engine's events has ended");
}

/** Removes whatever is left of an interrupted measurement. */
export async function removeContainers(label: string): Promise<void> {
  const docker = new Docker();
  const left = await docker.listContainers({ all: true, filters: { label: [label] } });
  await Promise.all(
    left.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true })
        .catch(() => undefined),
    ),
  );
}
