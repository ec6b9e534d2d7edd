import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { requirementOf, type Authenticate } from '../api/access.ts';
import { createApp, type App } from '../api/app.ts';
import type { OpenApiDocument } from '../api/document.ts';
import { startExternalEvents, type ExternalEventsOptions, type RunningListener } from '../api/external-events.ts';
import { createHandlers, type ResourceDependencies } from '../api/resources/index.ts';
import { startServer, type RunningServer } from '../api/server.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { TemporalPages } from '../sdk/wire.ts';
import { EventFeed } from '../services/event-feed.ts';
import { acceptExternalEvent } from '../services/external-events.ts';
import { createLogStore } from '../services/logs/index.ts';
import { LogWakes } from '../services/logs/wakes.ts';
import { requireFittingKey } from '../services/key-rotation.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { authorise } from '../services/access.ts';
import { resumeSession } from '../services/sessions.ts';
import { authenticate } from '../services/tokens.ts';
import { openStore, type Database, type Store } from '../store/client.ts';
import { getInstance } from '../store/installation.ts';
import { listen } from '../store/listen.ts';
import { LOG_CHANNEL } from '../store/logs.ts';
import { createObjectStore, createScheduler, runLimits } from './backends.ts';
import { required, splitAddress, tlsOf, type ServerConfig } from './config.ts';
import { extensionDependencies } from './extensions.ts';
import { checkServices } from './health.ts';
import type { Metrics } from './metrics.ts';
import { assemble, type Parts } from './parts.ts';
import { consoleFolder, openApiDocument } from './paths.ts';
import { createSecretStore } from './secret-store.ts';
import { connectTemporal, type Temporal } from './temporal.ts';
import { COMMIT, VERSION } from './version.ts';

export interface RunningApi {
  /** Where the API is, without a slash at the end. */
  readonly url: string;
  /** Where containers reach it, as host:port. */
  readonly containerAddress: string;
  /** Starts the listener for external events. It has to be closed before the API is stopped. */
  listenForEvents(place: Pick<ExternalEventsOptions, 'host' | 'port' | 'tls'>): Promise<RunningListener>;
  /** Finishes the requests under way, closes streams, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** How listening on an address fails that this machine does not have. */
const NOT_OURS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Starts the HTTP API. The database has to have its schema.
 *
 * @param containerHost the address of this machine where containers see it; the API then listens there as well, if there
 *   is such an address
 */
export function startApi(
  config: ServerConfig,
  logger: Logger,
  metrics: Metrics,
  containerHost?: string,
): Promise<RunningApi> {
  return assemble(logger, (parts) => startParts(parts, config, logger, metrics, containerHost));
}

async function startParts(
  parts: Parts,
  config: ServerConfig,
  logger: Logger,
  metrics: Metrics,
  containerHost: string | undefined,
): Promise<RunningApi> {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  parts.add('store', () => store.close());
  const { db } = store;
  const temporal = await connectTemporal(config);
  parts.add('connection to Temporal', () => temporal.close());
  metrics.observeRuns(db);
  const scheduler = createScheduler(config, db);
  parts.add('scheduler', () => scheduler.close());
  const { feed, wakes, listener } = await listenForNews(store, logger);
  parts.add('listener', () => listener.close());
  const services = await createServices(config, { db, temporal, logger, scheduler, feed, wakes });
  await requireFittingKey(services);
  const app = await createConfiguredApp(config, services, metrics, temporal);
  const server = await startServer(app, {
    ...splitAddress(config.server.bind_address),
    ...tlsOf(config.server, 'server'),
  });
  parts.add('server', () => server.close());
  const forContainers = await serveContainers(app, server.url, containerHost);
  if (forContainers) parts.add('server for containers', () => forContainers.close());
  return {
    url: server.url,
    containerAddress: forContainers ? new URL(forContainers.url).host : config.server.extension_address,
    listenForEvents: (place) =>
      startExternalEvents({
        ...place,
        logger,
        bodyLimit: config.external_events.body_limit,
        accept: (extension, request) => acceptExternalEvent(services, extension, request),
      }),
    stop: () => parts.stop(logger),
  };
}

/** One connection for everything that readers wait for. */
async function listenForNews({ db, url }: Store, logger: Logger) {
  const feed = new EventFeed(db);
  const wakes = new LogWakes();
  const listener = await listen({
    url,
    channels: ['gofer_events', LOG_CHANNEL],
    onNotification: (channel, payload) => {
      if (channel === LOG_CHANNEL) wakes.wake(payload);
      else feed.announce(BigInt(payload));
    },
    onListening: () => {
      feed.wake();
      wakes.wakeAll();
    },
    onError: (err) => logger.warn({ err }, 'listening for events and logs'),
  });
  await feed.prime();
  return { feed, wakes, listener };
}

/** What the handlers of requests work with. */
async function createServices(
  config: ServerConfig,
  parts: {
    db: PrismaClient;
    temporal: Temporal;
    logger: Logger;
    scheduler: Scheduler;
    feed: EventFeed;
    wakes: LogWakes;
  },
): Promise<ResourceDependencies> {
  const { db, temporal, logger, scheduler, feed, wakes } = parts;
  const objects = await createObjectStore(config);
  const secretStore = createSecretStore(config);
  return {
    ...{ feed, scheduler },
    workflows: createRunWorkflows(temporal.client, config.temporal.task_queue),
    ...secretStore,
    ...extensionDependencies(config, { db, temporal, sealer: secretStore.sealer, logger }),
    limits: runLimits(config),
    logs: createLogStore({ db, objects, wakes }),
    objects,
    pipelineObjectLimit: config.object_store.pipeline_object_limit,
    instance: await getInstance(db),
    temporalPages: temporalPages(config),
    commit: COMMIT,
    version: VERSION,
  };
}

/** Where people find the workflows, if the configuration says it. */
function temporalPages({ temporal }: ServerConfig): TemporalPages | undefined {
  return temporal.ui_url === undefined
    ? undefined
    : { ui_url: temporal.ui_url.replace(/\/+$/, ''), namespace: temporal.namespace };
}

async function createConfiguredApp(
  config: ServerConfig,
  services: ResourceDependencies,
  metrics: Metrics,
  temporal: Temporal,
): Promise<App> {
  const { db, logger, sealer } = services;
  return createApp({
    document: JSON.parse(await readFile(openApiDocument, 'utf8')) as OpenApiDocument,
    ...createHandlers(services),
    authenticate: authenticator(config, db, logger),
    authorise: (caller, permission, path) => authorise(db, caller, requirementOf(permission, path)),
    resume: (session) => resumeSession(db, sealer, session),
    logger,
    validateResponses: config.development.validate_responses,
    failedLoginsPerMinute: config.server.failed_logins_per_minute,
    deadlineMs: config.server.request_timeout * 1000,
    bodyLimit: config.server.body_limit,
    metrics,
    ready: () => checkServices(db, temporal),
    consoleFolder,
  });
}

/**
 * Listens on one more address, if this machine has that. Only trying tells: while no container runs, the bridge of an engine
 * is down, and then not among what the system lists.
 */
async function serveContainers(app: App, url: string, host: string | undefined): Promise<RunningServer | undefined> {
  const { hostname, port } = new URL(url);
  if (host === undefined || host === hostname) return undefined;
  return startServer(app, { host, port: Number(port) }).catch((error: NodeJS.ErrnoException) => {
    if (NOT_OURS.has(error.code ?? '')) return undefined;
    throw error;
  });
}

/** With `development.bypass_auth` everybody is an administrator (contract, api-behaviour §2.2). */
function authenticator(config: ServerConfig, db: Database, logger: Logger): Authenticate {
  if (!config.development.bypass_auth) return (header) => authenticate(db, header);
  logger.warn('development.bypass_auth is set: everybody who reaches this server may do everything');
  return async () => ({ tokenId: '0', user: 'Anonymous', roles: ['admin'] });
}
