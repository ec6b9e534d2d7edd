import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { DEFAULT_PIDS_LIMIT, SchedulerError, SchedulerFailure } from '../contract.ts';
import type {
  ContainerHandle,
  ContainerPhase,
  ContainerResources,
  ContainerSpec,
  ContainerSummary,
} from '../contract.ts';
import { Backoff, type EngineClient } from './client.ts';
import { refused, statusOf, unexpected } from './errors.ts';

const REMOVE_TRIES = 6;
/** How long a name may be taken by a container that cannot be seen, in milliseconds. */
const NAME_PATIENCE_MS = 15_000;

type Labels = Readonly<Record<string, string>>;

/**
 * See `Scheduler.ensureContainer`. The engine gives a name to one container only, which decides between processes that
 * make the same container at the same moment, and makes it needless to look for the container first. The losers may
 * have to wait: the name is taken a little before its container can be seen, and free a little after it has gone.
 */
export async function ensureContainer(client: EngineClient, spec: ContainerSpec): Promise<ContainerHandle> {
  const name = `${spec.name}-${fingerprint(spec.labels)}`;
  const backoff = new Backoff();
  const patience = AbortSignal.timeout(NAME_PATIENCE_MS);
  while (!patience.aborted) {
    const container = (await create(client, name, spec)) ?? (await findByLabels(client, spec.labels));
    if (container) return container;
    await backoff.pause(patience).catch(() => {});
  }
  const message = `container ${spec.name} cannot be created: its name is taken by another container`;
  throw new SchedulerError(SchedulerFailure.ContainerRefused, message);
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
    if (status === 404)
      throw refused(error, SchedulerFailure.ImageMissing, `image ${spec.image} is not present any more`);
    throw refused(error, SchedulerFailure.ContainerRefused, `container ${name} cannot be created`);
  }
}

function createOptions(name: string, spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    name,
    Image: spec.imageId ?? spec.image,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command && { Cmd: [...spec.command] }),
    // What the engine sends when it is shut down. A program that handled TERM then could seem to have done its work.
    StopSignal: 'SIGKILL',
    ...(spec.publish && { ExposedPorts: { [tcp(spec.publish.port)]: {} } }),
    HostConfig: {
      ...(spec.publish && {
        PortBindings: { [tcp(spec.publish.port)]: [{ HostIp: spec.publish.address, HostPort: '' }] },
      }),
      // Removing is ours to do, once exit code and output are safe.
      AutoRemove: false,
      // Whatever the engine's defaults are: we read the log back, and rotation would lose lines. A petabyte, because
      // engines refuse to be told "no limit".
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1p' } },
      // As process 1 a program ignores TERM unless it handles it, so cancelling would always take the whole grace period.
      Init: true,
      ...limits(spec.resources),
    },
  };
}

function limits({ cpu, memoryBytes, pids = DEFAULT_PIDS_LIMIT }: ContainerResources = {}): Docker.HostConfig {
  return {
    PidsLimit: pids,
    ...(cpu !== undefined && { NanoCpus: Math.round(cpu * 1e9) }),
    // The second one is of memory and swap together.
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
  };
}

const tcp = (port: number) => `${port}/tcp`;

/** See `Scheduler.environmentOf`. */
export async function environmentOf(client: EngineClient, id: string): Promise<Readonly<Record<string, string>>> {
  try {
    const { Config: config } = await client.request((docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    const pairs = (config.Env ?? []).map((pair) => [
      pair.slice(0, pair.indexOf('=')),
      pair.slice(pair.indexOf('=') + 1),
    ]);
    return Object.fromEntries(pairs) as Record<string, string>;
  } catch (error) {
    if (statusOf(error) === 404) return {};
    throw unexpected(error, `tell the environment of container ${id}`);
  }
}

/** See `Scheduler.addressOf`. */
export async function addressOf(client: EngineClient, id: string, port: number): Promise<string | undefined> {
  try {
    const { NetworkSettings: network } = await client.request((docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    const binding = network.Ports[tcp(port)]?.[0];
    return binding && `${binding.HostIp}:${binding.HostPort}`;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw unexpected(error, `look at container ${id}`);
  }
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

/** See `Scheduler.listContainers`. */
export async function listContainers(client: EngineClient, labels: Labels): Promise<readonly ContainerSummary[]> {
  return (await list(client, labels)).map((container) => ({
    id: container.Id,
    labels: container.Labels,
    createdAt: container.Created * 1000,
    state: phaseOf(container.State),
  }));
}

/** The oldest container with these labels, leaving out those that are about to go. */
async function findByLabels(client: EngineClient, labels: Labels): Promise<ContainerHandle | undefined> {
  const candidates = (await list(client, labels)).filter((container) => container.State !== 'removing');
  const oldest = candidates.sort((a, b) => a.Created - b.Created)[0];
  return oldest && { id: oldest.Id, phase: phaseOf(oldest.State), created: false };
}

function phaseOf(state: string): ContainerPhase {
  if (state === 'created') return 'created';
  return state === 'exited' || state === 'dead' ? 'exited' : 'running';
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
