import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { Cancellations } from '../activities/cancellations.ts';
import type { RunActivities } from '../activities/contract.ts';
import { createActivities } from '../activities/index.ts';
import { ensureError } from '../core/errors.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { pruneAudit } from '../services/audit.ts';
import { pruneEvents, purgeTokens } from '../services/housekeeping.ts';
import { dispatchRuns } from '../services/runs.ts';
import { openStore } from '../store/client.ts';
import { getInstance } from '../store/installation.ts';
import { listen, type Listener } from '../store/listen.ts';
import { CANCELLATION_CHANNEL } from '../store/runs.ts';
import { createLogStore, createObjectStore, createScheduler, runLimits } from './backends.ts';
import { required, type ServerConfig } from './config.ts';
import { workflowBundle } from './paths.ts';
import { createSecretStore } from './secret-store.ts';
import type { Metrics } from './metrics.ts';
import { connectTemporal, type Temporal } from './temporal.ts';

/** How often runs that were recorded but never dispatched are looked for, in milliseconds. */
const DISPATCH_INTERVAL_MS = 10_000;

const PURGE_INTERVAL_MS = 3_600_000;

/** The longest interval that timers have. */
const MAX_INTERVAL_MS = 2_147_483_647;

/** How many tasks one worker supervises at once; each is a container. */
const MAX_SUPERVISED_TASKS = 500;

/** How long activities get to let go of their containers when the worker shuts down. */
const SHUTDOWN_GRACE = '5 seconds';

export interface RunningWorker {
  /** Rejects if the worker breaks. */
  readonly failed: Promise<never>;
  /** Takes no more work, lets go of running containers without stopping them, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** Starts a Temporal worker for workflows and activities. The database has to have its schema. */
export async function startWorker(config: ServerConfig, logger: Logger, metrics: Metrics): Promise<RunningWorker> {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  const { db } = store;
  const scheduler = createScheduler(config);
  await scheduler.ping();
  const temporal = await connectTemporal(config);
  const workflows = createRunWorkflows(temporal.client, config.temporal.task_queue);
  const limits = runLimits(config);
  const cancellations = new Cancellations();
  const listener = await listenForCancellations(store.url, cancellations, logger);
  const activities = createActivities({
    db,
    scheduler,
    logs: createLogStore(config),
    objects: await createObjectStore(config),
    ...createSecretStore(config),
    cancellations,
    workflows,
    limits,
    metrics,
    logger,
    instance: await getInstance(db),
    stopGraceSeconds: config.api.task_execution_stop_timeout,
  });
  const worker = await createTemporalWorker(config, temporal, activities);
  const running = worker.run();
  const { event_log_retention: retention, event_prune_interval: pruneInterval } = config.api;
  const chores = [
    regularly('dispatching runs', DISPATCH_INTERVAL_MS, logger, () => dispatchRuns({ db, workflows, logger, limits })),
    regularly('pruning events', pruneInterval * 1000, logger, () => pruneEvents(db, retention)),
    regularly('pruning audit records', pruneInterval * 1000, logger, () => pruneAudit(db, retention)),
    regularly('purging tokens', PURGE_INTERVAL_MS, logger, () => purgeTokens(db)),
  ];

  return {
    failed: rejectsWith(running),
    async stop() {
      for (const stopChore of chores) stopChore();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
      await listener.close();
      await temporal.close();
      await scheduler.close();
      await store.close();
    },
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

function createTemporalWorker(config: ServerConfig, temporal: Temporal, activities: RunActivities): Promise<Worker> {
  return Worker.create({
    connection: temporal.connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.task_queue,
    workflowBundle: { codePath: workflowBundle },
    activities,
    maxConcurrentActivityTaskExecutions: MAX_SUPERVISED_TASKS,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
}

/** Does something at once and then again and again, whatever goes wrong. Returns how to stop that. */
function regularly(name: string, intervalMs: number, logger: Logger, work: () => Promise<unknown>): () => void {
  const run = () => {
    work().catch((error: unknown) => logger.warn({ err: ensureError(error) }, name));
  };
  run();
  const timer = setInterval(run, Math.min(intervalMs, MAX_INTERVAL_MS));
  return () => clearInterval(timer);
}

/** A promise that never resolves, but rejects if `running` does. Nobody has to listen to it. */
function rejectsWith(running: Promise<unknown>): Promise<never> {
  const failed = running.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return failed;
}
