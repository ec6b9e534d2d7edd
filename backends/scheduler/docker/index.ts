import type Docker from 'dockerode';
import { SchedulerError, SchedulerFailure } from '../contract.ts';
import type { ContainerHandle, ContainerSpec, ImageUse, Scheduler } from '../contract.ts';
import { EngineClient } from './client.ts';
import {
  addressOf,
  ensureContainer,
  environmentOf,
  findContainers,
  listContainers,
  removeContainer,
} from './containers.ts';
import { unexpected } from './errors.ts';
import { ExitWatcher } from './exits.ts';
import { Images } from './images.ts';
import { throwIfNeverStarted } from './init.ts';
import { mayHaveForgotten } from './investigation.ts';
import { Lifecycle } from './lifecycle.ts';
import { followLog } from './log-stream.ts';
import { Teardowns } from './teardowns.ts';
import { openTerminal } from './terminal.ts';
import { openTerminalInCopy } from './terminal-in-copy.ts';

const PING_TIMEOUT_MS = 10_000;

/** With 16 or 24 at once two cores started fewer containers a second than with 8, and each took two or three times as long. */
const MAX_PARALLEL_STARTS = 8;
const MAX_PARALLEL_PULLS = 4;

export interface DockerSchedulerOptions {
  /** Where the engine is; without it DOCKER_HOST and its companions count, else the local socket. */
  readonly connection?: Docker.DockerOptions;
  /** How many containers may be starting at once; 8 by default. */
  readonly maxParallelStarts?: number;
  /** How many images may be pulled at once; 4 by default. */
  readonly maxParallelPulls?: number;
  /** Remembers what may be pruned; without it `pruneImages` finds nothing. */
  readonly imageUse?: ImageUse;
}

/** A scheduler on a Docker engine, or on one that speaks its API, such as Podman. */
export function createDockerScheduler(options: DockerSchedulerOptions = {}): Scheduler {
  const client = new EngineClient(options.connection);
  const teardowns = new Teardowns(client);
  const exits = new ExitWatcher(client, (id) => teardowns.begin(id));
  const lifecycle = new Lifecycle(client, exits, teardowns, options.maxParallelStarts ?? MAX_PARALLEL_STARTS);
  const images = new Images(client, options.maxParallelPulls ?? MAX_PARALLEL_PULLS, options.imageUse);
  return {
    ensureImage: (request, onProgress, signal) => images.ensure(request, onProgress, signal),
    ensureContainer: (spec) => ensureFrom(client, images, spec),
    startContainer: (id, onWait) => lifecycle.start(id, onWait),
    waitForExit: async (id, signal) => {
      const exit = await exits.wait(id, signal);
      await throwIfNeverStarted(client, id, exit);
      return exit;
    },
    followLog: (id, after, signal) => followLog(client, exits, id, after, signal),
    mayHaveForgotten: (id, since) => mayHaveForgotten(client, id, since),
    environmentOf: (id) => environmentOf(client, id),
    stopContainer: (id, graceSeconds) => lifecycle.stop(id, graceSeconds),
    removeContainer: (id) => {
      exits.markRemoved(id);
      return removeContainer(client, id);
    },
    findContainers: (labels) => findContainers(client, labels),
    listContainers: (labels) => listContainers(client, labels),
    pruneImages: (unusedForMs) => images.use.prune(unusedForMs),
    addressOf: (id, port) => addressOf(client, id, port),
    openTerminal: (id, command, signal) => openTerminal(client, id, command, signal),
    openTerminalInCopy: (id, command, signal) => openTerminalInCopy(client, id, command, signal),
    ping: () => ping(client),
    close: () => exits.close(),
  };
}

/** What is known of an image does not count any more once a container could not be made of it. */
async function ensureFrom(client: EngineClient, images: Images, spec: ContainerSpec): Promise<ContainerHandle> {
  try {
    return await ensureContainer(client, spec);
  } catch (error) {
    const isMissing = error instanceof SchedulerError && error.failure === SchedulerFailure.ImageMissing;
    if (isMissing && spec.imageId !== undefined) images.forget(spec.imageId);
    throw error;
  }
}

async function ping(client: EngineClient): Promise<void> {
  try {
    await client.request((docker) => docker.ping(), { timeoutMs: PING_TIMEOUT_MS });
  } catch (error) {
    throw unexpected(error, 'answer a ping');
  }
}
