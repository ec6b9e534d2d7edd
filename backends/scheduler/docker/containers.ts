import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { SchedulerError, SchedulerFailure } from '../contract.ts';
import type { ContainerHandle, ContainerSpec } from '../contract.ts';
import { Backoff, type EngineClient } from './client.ts';
import { refused, statusOf, unexpected } from './errors.ts';
import type { ExitWatcher } from './exits.ts';

/** How much longer than the grace period the engine may take to stop or kill a container, in milliseconds. */
const STOP_MARGIN_MS = 30_000;
const REMOVE_TRIES = 6;
/** How long a name may be taken by a container that cannot be seen, in milliseconds. */
const NAME_PATIENCE_MS = 15_000;

type Labels = Readonly<Record<string, string>>;

/** See `Scheduler.ensureContainer`. */
export async function ensureContainer(client: EngineClient, spec: ContainerSpec): Promise<ContainerHandle> {
  const existing = await findByLabels(client, spec.labels);
  if (existing) return existing;
  // The second name is for when a foreign container has the first one.
  for (const name of [spec.name, `${spec.name}-${fingerprint(spec.labels)}`]) {
    const container = await claim(client, name, spec);
    if (container) return container;
  }
  const message = `container ${spec.name} cannot be created: its names are taken by other containers`;
  throw new SchedulerError(SchedulerFailure.ContainerRefused, message);
}

/**
 * Creates or adopts the container under this name; undefined if something else keeps the name. The engine gives a name to
 * one container only, which decides between processes that make the same container at the same moment. The losers may
 * have to wait: the name is taken a little before its container can be seen, and free a little after it has gone.
 */
async function claim(client: EngineClient, name: string, spec: ContainerSpec): Promise<ContainerHandle | undefined> {
  const backoff = new Backoff();
  const patience = AbortSignal.timeout(NAME_PATIENCE_MS);
  while (!patience.aborted) {
    const container = (await create(client, name, spec)) ?? (await findByLabels(client, spec.labels));
    if (container) return container;
    if (await isForeign(client, name, spec.labels)) return undefined;
    await backoff.pause(patience).catch(() => {});
  }
  return undefined;
}

/** Whether the container of this name can be seen and is not the one with these labels. */
async function isForeign(client: EngineClient, name: string, labels: Labels): Promise<boolean> {
  try {
    const holder = await client.request((docker, abortSignal) => docker.getContainer(name).inspect({ abortSignal }));
    return Object.entries(labels).some(([key, value]) => holder.Config.Labels[key] !== value);
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw unexpected(error, `look at container ${name}`);
  }
}

/** Returns undefined if the name is taken. */
async function create(client: EngineClient, name: string, spec: ContainerSpec): Promise<ContainerHandle | undefined> {
  try {
    const container = await client.request((docker, abortSignal) =>
      docker.createContainer({ ...createOptions(name, spec), abortSignal }),
    );
    return { id: container.id, phase: 'created', created: true };
  } catch (error) {
    const status = statusOf(error);
    if (status === 409) return undefined;
    if (status === 404) {
      throw refused(error, SchedulerFailure.ImageNotFound, `image ${spec.image} is not present any more`);
    }
    throw refused(error, SchedulerFailure.ContainerRefused, `container ${name} cannot be created`);
  }
}

function createOptions(name: string, spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    name,
    Image: spec.image,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command && { Cmd: [...spec.command] }),
    HostConfig: {
      // Removing is ours to do, once exit code and output are safe.
      AutoRemove: false,
      // Whatever the engine's defaults are: we read the log back, and rotation would lose lines. A petabyte, because
      // engines refuse to be told "no limit".
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1p' } },
      // As process 1 a program ignores TERM unless it handles it, so cancelling would always take the whole grace period.
      Init: true,
    },
  };
}

/** A short name for a set of labels, whatever their order. */
function fingerprint(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 10);
}

async function list(client: EngineClient, labels: Labels): Promise<Docker.ContainerInfo[]> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  try {
    return await client.request((docker, abortSignal) =>
      docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
  } catch (error) {
    throw unexpected(error, 'list its containers');
  }
}

/** See `Scheduler.findContainers`. */
export async function findContainers(client: EngineClient, labels: Labels): Promise<readonly string[]> {
  return (await list(client, labels)).map((container) => container.Id);
}

/** The oldest container with these labels, leaving out those that are about to go. */
async function findByLabels(client: EngineClient, labels: Labels): Promise<ContainerHandle | undefined> {
  const candidates = (await list(client, labels)).filter((container) => container.State !== 'removing');
  const oldest = candidates.sort((a, b) => a.Created - b.Created)[0];
  return oldest && { id: oldest.Id, phase: phaseOf(oldest.State), created: false };
}

function phaseOf(state: string): ContainerHandle['phase'] {
  if (state === 'created') return 'created';
  return state === 'exited' || state === 'dead' ? 'exited' : 'running';
}

/** See `Scheduler.startContainer`. */
export async function startContainer(client: EngineClient, id: string): Promise<void> {
  try {
    await client.request((docker, abortSignal) => docker.getContainer(id).start({ abortSignal }));
  } catch (error) {
    if (statusOf(error) === 304) return;
    throw refused(error, SchedulerFailure.ContainerRefused, `the container could not be started`);
  }
}

/** See `Scheduler.stopContainer`. */
export async function stopContainer(
  client: EngineClient,
  exits: ExitWatcher,
  id: string,
  graceSeconds: number,
): Promise<void> {
  const timeoutMs = graceSeconds * 1000 + STOP_MARGIN_MS;
  try {
    await client.request(
      async (docker, abortSignal): Promise<unknown> =>
        graceSeconds > 0
          ? docker.getContainer(id).stop({ t: graceSeconds, abortSignal })
          : docker.getContainer(id).kill({ abortSignal }),
      { timeoutMs },
    );
  } catch (error) {
    // 304: has ended already; 404: gone; 409: cannot be killed, because it does not run.
    if ([304, 404, 409].includes(statusOf(error) ?? 0)) return;
    throw unexpected(error, `stop container ${id}`);
  }
  await exits.wait(id, AbortSignal.timeout(STOP_MARGIN_MS)).catch((error: unknown) => {
    if (error instanceof SchedulerError) throw error;
    const message = `the container engine did not bring container ${id} to an end`;
    throw new SchedulerError(SchedulerFailure.EngineUnreachable, message, { cause: error });
  });
}

/** See `Scheduler.removeContainer`. */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.request((docker, abortSignal) =>
        docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
      return;
    } catch (error) {
      const status = statusOf(error);
      // 409: a removal is in progress, by us before a crash or by somebody else. 500: something in it is still busy.
      if (status === 404) return;
      if (attempt === REMOVE_TRIES && status === 409) return;
      if (attempt === REMOVE_TRIES || (status !== 409 && status !== 500)) {
        throw unexpected(error, `remove container ${id}`);
      }
      await sleep(50 * 2 ** attempt);
    }
  }
}
