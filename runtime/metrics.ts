import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineMetrics } from '../activities/metrics.ts';
import type { RequestMetrics } from '../api/app.ts';
import { countLiveRuns } from '../store/runs.ts';
import type { Database } from '../store/client.ts';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const WORK_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

/** Everything that one process counts, for Prometheus. */
export type Metrics = RequestMetrics & EngineMetrics & { observeRuns(db: Database): void };

/**
 * Counts what happens in this process. An API process knows of requests, a worker of tasks; all of them together are the
 * sum over all processes. How many runs there are is asked of the database when somebody looks.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { requests, waits, tasks, ended, starts } = createInstruments([registry]);
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    requested: (operation, status, seconds) => requests.observe({ operation, status }, seconds),
    runAdmitted: (seconds) => waits.observe(seconds),
    containerStarted: () => starts.inc(),
    taskEnded(status, seconds) {
      ended.inc({ status });
      if (seconds !== undefined) tasks.observe({ status }, seconds);
    },
    observeRuns: (db) => registry.registerMetric(liveRuns(db)),
  };
}

function createInstruments(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'gofer_http_request_duration_seconds',
      help: 'Time from a request to its answer',
      labelNames: ['operation', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
    waits: new Histogram({
      name: 'gofer_run_queue_seconds',
      help: 'Time from the start of a run until it was admitted',
      buckets: WORK_SECONDS,
      registers,
    }),
    tasks: new Histogram({
      name: 'gofer_task_duration_seconds',
      help: 'Time for which the containers of tasks ran',
      labelNames: ['status'],
      buckets: WORK_SECONDS,
      registers,
    }),
    ended: new Counter({
      name: 'gofer_tasks_ended_total',
      help: 'Tasks that ended',
      labelNames: ['status'],
      registers,
    }),
    starts: new Counter({ name: 'gofer_container_starts_total', help: 'Containers started', registers }),
  };
}

function liveRuns(db: Database): Gauge {
  return new Gauge({
    name: 'gofer_runs',
    help: 'Runs that are not over, by state',
    labelNames: ['state'],
    registers: [],
    async collect() {
      for (const [state, count] of Object.entries(await countLiveRuns(db))) this.set({ state }, count);
    },
  });
}

/** Shows the metrics of a process that serves nothing else. */
export async function exhibit(
  metrics: Metrics,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', metrics.contentType);
    void metrics.render().then((text) => response.end(text));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actual}/metrics`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
