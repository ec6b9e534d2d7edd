import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { Cancellations } from '../activities/cancellations.ts';
import type { Activities } from '../activities/contract.ts';
import { createActivities } from '../activities/index.ts';
import { Preparations } from '../activities/preparations.ts';
import { Settlements } from '../activities/settlements.ts';
import { apiUrlOf } from '../core/extension-environment.ts';
import { tickQueue } from '../core/extensions.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { installStandardExtensions } from '../services/extensions.ts';
import { createLogStore } from '../services/logs/index.ts';
import { LogWakes } from '../services/logs/wakes.ts';
import { ensureSchedules } from '../services/schedules.ts';
import { openStore } from '../store/client.ts';
import { ConfigCache } from '../store/config-cache.ts';
import { getInstance } from '../store/installation.ts';
import { listen, type Listener } from '../store/listen.ts';
import { CANCELLATION_CHANNEL } from '../store/runs.ts';
import { createObjectStore, createScheduler, runLimits } from './backends.ts';
import { choreIntervals, retentionOf, startDispatching } from './chores.ts';
import { required, type ServerConfig } from './config.ts';
import { extensionDependencies, extensionSurroundings } from './extensions.ts';
import { assemble, type Parts } from './parts.ts';
import { workflowBundle } from './paths.ts';
import { createSecretStore } from './secret-store.ts';
import type { Metrics } from './metrics.ts';
import { connectTemporal, type Temporal } from './temporal.ts';

/** How many tasks one worker supervises at once; each is a container. */
const MAX_SUPERVISED_TASKS = 500;

/** How many workflows go on at once. The end of a run waits here for the rest of its logs, which others must not wait for. */
const MAX_WORKFLOW_TASKS = 200;

/** How many workflows stay in memory, some 150 KB each. The others, such as idle subscriptions, come back when needed. */
const MAX_CACHED_WORKFLOWS = 1_000;

/** How long activities get to let go of their containers when the worker shuts down. */
const SHUTDOWN_GRACE = '5 seconds';

/** How long the rest of logs gets then, in milliseconds; what is not done is for the end of its run. */
const SETTLE_MS = 5_000;

export interface RunningWorker {
  /** Rejects if the worker breaks. */
  readonly failed: Promise<never>;
  /** Takes no more work, lets go of running containers without stopping them, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** Starts a Temporal worker for workflows and activities. The database has to have its schema. */
export function startWorker(config: ServerConfig, logger: Logger, metrics: Metrics): Promise<RunningWorker> {
  return assemble(logger, async (parts) => {
    const { running } = await startParts(parts, config, logger, metrics);
    return { failed: rejectsWith(running), stop: () => parts.stop(logger) };
  });
}

/** `running` ends when the worker does. */
async function startParts(
  parts: Parts,
  config: ServerConfig,
  logger: Logger,
  metrics: Metrics,
): Promise<{ readonly running: Promise<unknown> }> {
  const { temporal, activities, dependencies } = await openActivities(parts, config, logger, metrics);
  if (config.extensions.install_std_extensions) await installStandardExtensions(dependencies);
  const workers = await createWorkers(config, temporal, activities);
  const running = Promise.all(workers.map((worker) => worker.run()));
  parts.add('worker', async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running.catch(() => undefined);
  });
  await ensureSchedules(temporal.client, config.temporal.task_queue, choreIntervals(config));
  const dispatching = startDispatching(dependencies);
  parts.add('dispatching', async () => dispatching.stop());
  return { running };
}

/** Opens what activities work with. */
async function openActivities(parts: Parts, config: ServerConfig, logger: Logger, metrics: Metrics) {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  parts.add('store', () => store.close());
  const { db } = store;
  const scheduler = createScheduler(config, db);
  parts.add('scheduler', () => scheduler.close());
  await scheduler.ping();
  const temporal = await connectTemporal(config);
  parts.add('connection to Temporal', () => temporal.close());
  const cancellations = new Cancellations();
  const settlements = new Settlements();
  const listener = await listenForCancellations(store.url, cancellations, logger);
  parts.add('listener', () => listener.close());
  parts.add('settlements', () => Promise.race([settlements.allSettled(), sleep(SETTLE_MS, undefined, { ref: false })]));
  const secretStore = createSecretStore(config);
  const dependencies = {
    ...secretStore,
    ...extensionDependencies(config, { db, temporal, sealer: secretStore.sealer, logger }),
    objects: await createObjectStore(config),
    workflows: createRunWorkflows(temporal.client, config.temporal.task_queue),
    limits: runLimits(config),
  };
  const activities = createActivities({
    ...dependencies,
    scheduler,
    logs: createLogStore({ ...dependencies, wakes: new LogWakes() }),
    cancellations,
    settlements,
    preparations: new Preparations(scheduler, logger),
    configs: new ConfigCache(db),
    metrics,
    instance: await getInstance(db),
    ...settingsOf(config),
  });
  return { temporal, activities, dependencies };
}

/** What activities have to know of the configuration. */
function settingsOf(config: ServerConfig) {
  const surroundings = extensionSurroundings(config);
  return {
    surroundings,
    apiUrl: apiUrlOf(surroundings),
    stopGraceSeconds: config.api.task_execution_stop_timeout,
    publishAddress: config.extensions.publish_address,
    extensionStopSeconds: config.extensions.stop_timeout,
    retention: retentionOf(config),
  };
}

function listenForCancellations(url: string, cancellations: Cancellations, logger: Logger): Promise<Listener> {
  return listen({
    url,
    channels: [CANCELLATION_CHANNEL],
    onNotification: (_channel, key) => cancellations.cancel(key),
    onListening: () => undefined,
    onError: (err) => logger.warn({ err }, 'listening for cancellations'),
  });
}

/** The worker for everything, and one for those who look at the clock, where no ordinary work is before them. */
function createWorkers(config: ServerConfig, temporal: Temporal, activities: Activities): Promise<Worker[]> {
  const { namespace, task_queue: taskQueue } = config.temporal;
  const common = { connection: temporal.connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE };
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      workflowBundle: { codePath: workflowBundle },
      activities,
      maxConcurrentActivityTaskExecutions: MAX_SUPERVISED_TASKS,
      maxConcurrentWorkflowTaskExecutions: MAX_WORKFLOW_TASKS,
      maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    }),
    Worker.create({
      ...common,
      taskQueue: tickQueue(taskQueue),
      activities: { serveTicks: (extension: string) => activities.serveTicks(extension) },
    }),
  ]);
}

/** A promise that never resolves, but rejects if `running` does. Nobody has to listen to it. */
function rejectsWith(running: Promise<unknown>): Promise<never> {
  const failed = running.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return failed;
}
