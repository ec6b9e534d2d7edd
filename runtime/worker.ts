import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { Cancellations } from '../activities/cancellations.ts';
import { createActivities } from '../activities/index.ts';
import { ensureError } from '../core/errors.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { dispatchRuns } from '../services/runs.ts';
import { openStore } from '../store/client.ts';
import { getInstance } from '../store/installation.ts';
import { listen } from '../store/listen.ts';
import { CANCELLATION_CHANNEL } from '../store/runs.ts';
import { createConfiguredSealer, createLogStore, createScheduler, required, runLimits } from './backends.ts';
import type { Config } from './config.ts';
import { workflowBundle } from './paths.ts';
import { connectTemporal } from './temporal.ts';

/** How often runs that were recorded but never dispatched are looked for, in milliseconds. */
const DISPATCH_INTERVAL_MS = 10_000;

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
export async function startWorker(config: Config, logger: Logger): Promise<RunningWorker> {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  const { db } = store;
  const scheduler = createScheduler(config);
  await scheduler.ping();
  const temporal = await connectTemporal(config);
  const cancellations = new Cancellations();
  const listener = await listen({
    url: store.url,
    channels: [CANCELLATION_CHANNEL],
    onNotification: (_channel, key) => cancellations.cancel(key),
    onListening: () => undefined,
    onError: (err) => logger.warn({ err }, 'listening for cancellations'),
  });
  const workflows = createRunWorkflows(temporal.client, config.temporal.task_queue);
  const worker = await Worker.create({
    connection: temporal.connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.task_queue,
    workflowBundle: { codePath: workflowBundle },
    activities: createActivities({
      db,
      scheduler,
      logs: createLogStore(config),
      sealer: createConfiguredSealer(config),
      cancellations,
      workflows,
      limits: runLimits(config),
      logger,
      instance: await getInstance(db),
      stopGraceSeconds: config.api.task_execution_stop_timeout,
    }),
    maxConcurrentActivityTaskExecutions: MAX_SUPERVISED_TASKS,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
  const running = worker.run();
  const failed = rejectsWith(running);
  const runs = { db, workflows, logger, limits: runLimits(config) };
  const dispatcher = setInterval(() => {
    dispatchRuns(runs).catch((error: unknown) => logger.warn({ err: ensureError(error) }, 'dispatching runs'));
  }, DISPATCH_INTERVAL_MS);

  return {
    failed,
    async stop() {
      clearInterval(dispatcher);
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
      await listener.close();
      await temporal.close();
      await scheduler.close();
      await store.close();
    },
  };
}

/** A promise that never resolves, but rejects if `running` does. Nobody has to listen to it. */
function rejectsWith(running: Promise<unknown>): Promise<never> {
  const failed = running.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return failed;
}
