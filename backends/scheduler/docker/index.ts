import type Docker from 'dockerode';
import type { Scheduler } from '../contract.ts';
import { EngineClient } from './client.ts';
import { ensureContainer, findContainers, removeContainer, startContainer, stopContainer } from './containers.ts';
import { unexpected } from './errors.ts';
import { ExitWatcher } from './exits.ts';
import { ensureImage } from './images.ts';
import { throwIfNeverStarted } from './init.ts';
import { followLog } from './log-stream.ts';
import { openTerminal } from './terminal.ts';

const PING_TIMEOUT_MS = 10_000;

export interface DockerSchedulerOptions {
  /** Where the engine is; without it DOCKER_HOST and its companions count, else the local socket. */
  readonly connection?: Docker.DockerOptions;
}

/** A scheduler on a Docker engine, or on one that speaks its API, such as Podman. */
export function createDockerScheduler(options: DockerSchedulerOptions = {}): Scheduler {
  const client = new EngineClient(options.connection);
  const exits = new ExitWatcher(client);
  return {
    ensureImage: (request, onProgress, signal) => ensureImage(client, request, onProgress, signal),
    ensureContainer: (spec) => ensureContainer(client, spec),
    startContainer: (id) => startContainer(client, id),
    waitForExit: async (id, signal) => {
      const exit = await exits.wait(id, signal);
      await throwIfNeverStarted(client, id, exit);
      return exit;
    },
    followLog: (id, after, signal) => followLog(client, id, after, signal),
    stopContainer: (id, graceSeconds) => stopContainer(client, exits, id, graceSeconds),
    removeContainer: (id) => removeContainer(client, id),
    findContainers: (labels) => findContainers(client, labels),
    openTerminal: (id, command, signal) => openTerminal(client, id, command, signal),
    ping: () => ping(client),
    close: () => exits.close(),
  };
}

async function ping(client: EngineClient): Promise<void> {
  try {
    await client.request((docker) => docker.ping(), { timeoutMs: PING_TIMEOUT_MS });
  } catch (error) {
    throw unexpected(error, 'answer a ping');
  }
}
