import { removeReleasedBytes } from '../services/blob-removals.ts';
import { type SweepReport, sweepObjects } from '../services/object-sweep.ts';
import { newTokenSecret } from '../services/tokens.ts';
import { openStore } from '../store/client.ts';
import { startApi } from './api.ts';
import { createObjectStore } from './backends.ts';
import { loadConfig, required, splitAddress, tlsOf, type ServerConfig } from './config.ts';
import { ensureBootstrapToken, prepareDatabase } from './database.ts';
import { createLogger } from './logger.ts';
import { createMetrics, exhibit } from './metrics.ts';
import { installTemporalRuntime } from './temporal.ts';
import { startWorker } from './worker.ts';

/** A long-running process of a distributed installation. */
export interface RunningProcess {
  stop(): Promise<void>;
  /** Rejects if it breaks. */
  readonly failed: Promise<never>;
}

/** Starts only the API, as the configuration says. */
export async function startApiProcess(): Promise<RunningProcess & { readonly url: string }> {
  const { config, logger } = prepare();
  const api = await startApi(config, logger, createMetrics());
  const { external_events: external } = config;
  const listener = external.enable
    ? await api.listenForEvents({ ...splitAddress(external.bind_address), ...tlsOf(external, 'external_events') })
    : undefined;
  logger.info({ url: api.url, external_events_url: listener?.url }, 'the api is ready');
  return {
    url: api.url,
    async stop() {
      await listener?.close();
      await api.stop();
    },
    failed: new Promise<never>(() => undefined),
  };
}

/** Starts only a worker, as the configuration says. */
export async function startWorkerProcess(): Promise<RunningProcess> {
  const { config, logger } = prepare();
  const metrics = createMetrics();
  const worker = await startWorker(config, logger, metrics);
  const address = config.worker.metrics_bind_address;
  const exhibition = address === undefined ? undefined : await exhibit(metrics, splitAddress(address));
  logger.info({ task_queue: config.temporal.task_queue, metrics: exhibition?.url }, 'the worker is ready');
  return {
    failed: worker.failed,
    async stop() {
      await exhibition?.close();
      await worker.stop();
    },
  };
}

/** Compares what the database and the object store of the configuration have: see `sweepObjects`. */
export async function sweepConfiguredObjects(minAgeSeconds: number): Promise<SweepReport> {
  const { config, logger } = prepare();
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  try {
    const objects = await createObjectStore(config);
    const deps = { db: store.db, objects, logger };
    const report = await sweepObjects(deps, { minAgeMs: minAgeSeconds * 1000 });
    while ((await removeReleasedBytes(deps)).more);
    return report;
  } finally {
    await store.close();
  }
}

/**
 * Brings the configured database to the current schema. Returns the secret of the bootstrap token if this made it: the
 * only time that anybody sees it.
 */
export async function migrateDatabase(): Promise<string | undefined> {
  const config = loadConfig();
  const logger = createLogger(config);
  const url = required(config.database.url, 'database.url');
  await prepareDatabase(url, logger);
  const secret = newTokenSecret();
  return (await ensureBootstrapToken(url, secret, logger)) ? secret : undefined;
}

function prepare(): { config: ServerConfig; logger: ReturnType<typeof createLogger> } {
  const config = loadConfig();
  const logger = createLogger(config);
  installTemporalRuntime(logger);
  return { config, logger };
}
