import { join, resolve } from 'node:path';
import { newTokenSecret } from '../services/tokens.ts';
import { startApi } from './api.ts';
import { defaultDataDir, loadConfig, splitAddress, type ServerConfig } from './config.ts';
import { ensureBootstrapToken, prepareDatabase, renameInstallation } from './database.ts';
import { privateFile, randomKey, takeDataDir, writePointer } from './embedded/data-dir.ts';
import { startPostgres } from './embedded/postgres.ts';
import { startTemporal } from './embedded/temporal.ts';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { assemble, type Parts } from './parts.ts';
import { installTemporalRuntime } from './temporal.ts';
import { startWorker } from './worker.ts';

export interface StackOptions {
  /** Where everything is kept; a folder of the user, or /var/lib/gofer for root, by default. */
  readonly dataDir?: string;
  /** TCP ports on loopback; 0 takes a free one. */
  readonly port?: number;
  readonly externalEventsPort?: number;
  readonly temporalPort?: number;
  readonly temporalUiPort?: number;
  /** What this machine is configured to by default. */
  readonly config?: ServerConfig;
  /** Where the log goes; to standard error by default. */
  readonly logFile?: string;
  /** Whether the command line of this user is told of it, as long as it knows of no other one; true by default. */
  readonly announce?: boolean;
  /** What it calls itself where it shares a container engine with others; for a copy of another one. */
  readonly instance?: string;
}

/** What a program needs to know to use the stack. */
export interface StackAddresses {
  readonly api_url: string;
  readonly external_events_url: string;
  readonly temporal_address: string;
  readonly temporal_ui_url: string;
  readonly token: string;
  readonly data_dir: string;
}

export interface Stack {
  readonly ready: StackAddresses;
  stop(): Promise<void>;
  /** Rejects if a part of the service dies. */
  readonly failed: Promise<never>;
}

const DEFAULT_PORTS = { port: 8080, externalEventsPort: 8081, temporalPort: 7233, temporalUiPort: 8233 };

/**
 * Starts the embedded stack: PostgreSQL, Temporal, API and worker, all on loopback, with everything in one folder. What
 * the configuration gives an address for is used instead of being started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const ports = { ...DEFAULT_PORTS, ...options };
  const configured = options.config ?? loadConfig();
  const logger = createLogger(configured, options.logFile);
  installTemporalRuntime(logger);
  return assemble(logger, async (parts) => {
    const dataDir = await takeDataDir(resolve(options.dataDir ?? defaultDataDir()));
    parts.add('data folder', () => dataDir.release());
    const [postgres, temporal] = await Promise.all([
      startDatabase(configured, dataDir.path, parts),
      startWorkflowServer(configured, dataDir.path, { port: ports.temporalPort, uiPort: ports.temporalUiPort }, parts),
    ]);
    const config = await completeConfig(configured, dataDir.path, postgres, temporal, ports.port);
    await prepareDatabase(postgres, logger);
    if (options.instance !== undefined) await renameInstallation(postgres, options.instance);
    // Written before it is stored, so that no crash can leave an installation whose token nobody knows.
    const tokenFile = join(dataDir.path, 'token');
    const token = await privateFile(tokenFile, newTokenSecret);
    await ensureBootstrapToken(postgres, token, logger);

    const metrics = createMetrics();
    const api = await startApi(config, logger, metrics, splitAddress(config.server.extension_address).host);
    parts.add('API', () => api.stop());
    const reachable = { ...config, server: { ...config.server, extension_address: api.containerAddress } };
    const worker = await startWorker(reachable, logger, metrics);
    parts.add('worker', () => worker.stop(), worker.failed);
    const externalEvents = await api.listenForEvents({ host: '127.0.0.1', port: ports.externalEventsPort });
    parts.add('external events', () => externalEvents.close());
    if (options.announce ?? true) parts.add('pointer', await writePointer(api.url, tokenFile));
    return {
      ready: {
        api_url: api.url,
        external_events_url: externalEvents.url,
        temporal_address: temporal.address,
        temporal_ui_url: temporal.uiUrl,
        token,
        data_dir: dataDir.path,
      },
      stop: () => parts.stop(logger),
      failed: parts.failed,
    };
  });
}

async function startDatabase(config: ServerConfig, dataDir: string, parts: Parts): Promise<string> {
  if (config.database.url !== undefined) return config.database.url;
  const postgres = await startPostgres(join(dataDir, 'postgres'));
  parts.add('database', () => postgres.stop(), postgres.ended);
  return postgres.url;
}

async function startWorkflowServer(
  config: ServerConfig,
  dataDir: string,
  ports: { port: number; uiPort: number },
  parts: Parts,
): Promise<{ address: string; uiUrl: string }> {
  const { address, ui_url: uiUrl = '' } = config.temporal;
  if (address !== undefined) return { address, uiUrl };
  const temporal = await startTemporal(await findTemporalBinary(), join(dataDir, 'temporal'), ports);
  parts.add('Temporal server', () => temporal.stop(), temporal.ended);
  return temporal;
}

async function completeConfig(
  config: ServerConfig,
  dataDir: string,
  databaseUrl: string,
  temporal: { readonly address: string; readonly uiUrl: string },
  port: number,
): Promise<ServerConfig> {
  return {
    ...config,
    server: { ...config.server, bind_address: `127.0.0.1:${port}` },
    database: { url: databaseUrl },
    temporal: {
      ...config.temporal,
      address: temporal.address,
      ...(temporal.uiUrl !== '' && { ui_url: temporal.uiUrl }),
    },
    object_store: {
      ...config.object_store,
      filesystem: { path: config.object_store.filesystem.path ?? join(dataDir, 'objects') },
    },
    secret_store: {
      ...config.secret_store,
      encryption_key:
        config.secret_store.encryption_key ?? (await privateFile(join(dataDir, 'encryption.key'), randomKey)),
    },
  };
}
