import { randomUUID } from 'node:crypto';
import {
  SchedulerError,
  SchedulerFailure,
  type ContainerSpec,
  type Scheduler,
} from '../../backends/scheduler/contract.ts';
import { EXTENSION_PORT, extensionEnvironment, type ExtensionSurroundings } from '../../core/extension-environment.ts';
import { extensionLabels } from '../../core/extensions.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { ContainerClients } from '../../services/extension-containers.ts';
import { openRegistryAuth, openSettings } from '../../services/extension-settings.ts';
import { issueExtensionToken } from '../../services/extension-tokens.ts';
import type { Sealer } from '../../services/sealing.ts';
import { markExtensionProcessing } from '../../store/extension-life.ts';
import type { ExtensionRecord } from '../../store/extensions.ts';

export interface ContainerDependencies {
  readonly db: PrismaClient;
  readonly scheduler: Scheduler;
  readonly sealer: Sealer;
  readonly containerClients: ContainerClients;
  readonly surroundings: ExtensionSurroundings;
  /** The address of the engine's machine that containers get their ports on. */
  readonly publishAddress: string;
  /** See `getInstance`. */
  readonly instance: string;
}

/** A container of an extension that was started. */
export interface StartedContainer {
  readonly id: string;
  readonly startId: string;
  readonly secret: string;
}

/** The container that an earlier supervisor left running; nothing if there is none, or one of another revision. */
export async function adopt(
  deps: ContainerDependencies,
  record: ExtensionRecord,
): Promise<StartedContainer | undefined> {
  const { id, startId, sealedSecret } = record;
  if (startId === null || sealedSecret === null) return undefined;
  const labels = startLabels(deps.instance, record, startId);
  if ((await deps.scheduler.findContainers(labels)).length === 0) return undefined;
  const secret = deps.containerClients.openSecret(id, sealedSecret);
  const container = await deps.scheduler.ensureContainer(containerSpec(deps, record, startId, secret));
  if (container.phase === 'exited') return undefined;
  if (container.phase === 'created') await deps.scheduler.startContainer(container.id);
  return { id: container.id, startId, secret };
}

/** Starts a new container with a new token in place of whatever there was. */
export async function start(
  deps: ContainerDependencies,
  record: ExtensionRecord,
  signal: AbortSignal,
): Promise<StartedContainer> {
  const { db, scheduler } = deps;
  await pull(deps, record, signal);
  await removeContainers(deps, record.id);
  signal.throwIfAborted();
  const startId = randomUUID();
  const secret = await issueExtensionToken(deps, record, startId);
  await markExtensionProcessing(db, record.id, 'starting its container');
  const container = await scheduler.ensureContainer(containerSpec(deps, record, startId, secret));
  await scheduler.startContainer(container.id);
  return { id: container.id, startId, secret };
}

/** The newest image once for each revision; a restart takes what is there. */
async function pull(deps: ContainerDependencies, record: ExtensionRecord, signal: AbortSignal): Promise<void> {
  const { db, scheduler, instance, sealer } = deps;
  const { id, image } = record;
  const auth = openRegistryAuth(sealer, record);
  const request = { image, ...(auth && { auth }) };
  const progress = (line: string) => void markExtensionProcessing(db, id, line).catch(() => undefined);
  const earlier = await scheduler.findContainers(revisionLabels(instance, record));
  await markExtensionProcessing(db, id, `preparing image ${image}`);
  try {
    await scheduler.ensureImage({ ...request, alwaysPull: earlier.length === 0 }, progress, signal);
  } catch (error) {
    if (!(error instanceof SchedulerError) || error.failure === SchedulerFailure.EngineUnreachable) throw error;
    // Images that were made on this machine are in no registry, and it says that there is no such image.
    await scheduler.ensureImage({ ...request, alwaysPull: false }, progress, signal).catch(() => {
      throw error;
    });
  }
}

/** Removes all containers of an extension, by force. */
export async function removeContainers(
  { scheduler, instance }: Pick<ContainerDependencies, 'scheduler' | 'instance'>,
  id: string,
): Promise<void> {
  for (const container of await scheduler.findContainers(extensionLabels(instance, id))) {
    await scheduler.removeContainer(container);
  }
}

function containerSpec(
  { instance, sealer, surroundings, publishAddress }: ContainerDependencies,
  record: ExtensionRecord,
  startId: string,
  secret: string,
): ContainerSpec {
  return {
    name: `extension_${record.id}`,
    labels: startLabels(instance, record, startId),
    image: record.image,
    environment: extensionEnvironment(record.id, secret, surroundings, openSettings(sealer, record)),
    publish: { port: EXTENSION_PORT, address: publishAddress },
  };
}

function revisionLabels(instance: string, { id, revision }: ExtensionRecord) {
  return { ...extensionLabels(instance, id), 'gofer.revision': revision };
}

function startLabels(instance: string, record: ExtensionRecord, startId: string) {
  return { ...revisionLabels(instance, record), 'gofer.start': startId };
}
