import Docker from 'dockerode';

export const docker = new Docker();

/** The containers of a pipeline, or of one of its tasks, whatever their state. */
export function containersOf(pipeline: string, task?: string): Promise<Docker.ContainerInfo[]> {
  const label = [`gofer.pipeline=${pipeline}`, ...(task === undefined ? [] : [`gofer.task=${task}`])];
  return docker.listContainers({ all: true, filters: { label } });
}

/**
 * The one container of a pipeline, or of one of its tasks, that was started; those of the tasks that are next may have been
 * made already, and those of the tasks that are over may be there for a while.
 */
export async function containerOf(pipeline: string, task?: string): Promise<Docker.Container> {
  const started = (await containersOf(pipeline, task)).filter(({ State: state }) => state !== 'created');
  const [container, ...others] = started;
  if (!container || others.length > 0) {
    throw new Error(`${task ?? pipeline} has ${started.length} started containers, not one`);
  }
  return docker.getContainer(container.Id);
}

/** Lets a script go on that waits for the file /go, the only one of its pipeline unless the task is given. */
export async function letGo(pipeline: string, task?: string): Promise<void> {
  const exec = await (await containerOf(pipeline, task)).exec({ Cmd: ['touch', '/go'] });
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
