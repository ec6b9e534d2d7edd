import Docker from 'dockerode';

export const docker = new Docker();

/** The containers of a pipeline, whatever their state. */
export function containersOf(pipeline: string): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: [`gofer.pipeline=${pipeline}`] } });
}

/** The one container of a pipeline that was started; those of the tasks that are next may have been made already. */
export async function containerOf(pipeline: string): Promise<Docker.Container> {
  const started = (await containersOf(pipeline)).filter(({ State: state }) => state !== 'created');
  const [container, ...others] = started;
  if (!container || others.length > 0) throw new Error(`pipeline ${pipeline} does not have exactly one container`);
  return docker.getContainer(container.Id);
}

/** Lets a script go on that waits for the file /go. */
export async function letGo(pipeline: string): Promise<void> {
  const exec = await (await containerOf(pipeline)).exec({ Cmd: ['touch', '/go'] });
  await exec.start({});
}

/** How often a container of the pipeline is started, by task, as the engine tells it from now on. */
export async function countStarts(pipeline: string, stop: AbortSignal): Promise<Record<string, number>> {
  const starts: Record<string, number> = {};
  const filters = { type: ['container' as const], event: ['start'], label: [`gofer.pipeline=${pipeline}`] };
  const events = await docker.getEvents({ filters, abortSignal: stop });
  events.on('error', () => undefined);
  events.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      const { Actor: actor } = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } };
      const task = actor.Attributes['gofer.task'] ?? '';
      starts[task] = (starts[task] ?? 0) + 1;
    }
  });
  return starts;
}
