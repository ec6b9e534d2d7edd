import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type Logger } from '@temporalio/worker';
import type { chain, parallel } from './workflows/index.ts';

const TASK_QUEUE = 'bench';
/** As many as Gofer's worker has. */
const MAX_ACTIVITIES = 500;

const ignore = () => undefined;
const quiet: Logger = {
  log: ignore,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: console.warn,
  error: console.error,
};

/** Runs workflows of activities that do nothing, on the Temporal server that Gofer uses. */
export interface BareTemporal {
  run(shape: 'chain' | 'parallel', activities: number): Promise<void>;
  close(): Promise<void>;
}

export async function openBareTemporal(address: string): Promise<BareTemporal> {
  Runtime.install({ logger: quiet, shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection });
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowsPath: join(import.meta.dirname, 'workflows', 'index.ts'),
    activities: { async nothing() {} },
    maxConcurrentActivityTaskExecutions: MAX_ACTIVITIES,
  });
  const running = worker.run();
  return {
    run: (shape, activities) =>
      client.workflow.execute<typeof chain | typeof parallel>(shape, {
        taskQueue: TASK_QUEUE,
        workflowId: `bench:${randomUUID()}`,
        args: [activities],
      }),
    async close() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
