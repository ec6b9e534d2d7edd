import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { requirementOf, type Authenticate } from '../api/access.ts';
import { createApp } from '../api/app.ts';
import type { OpenApiDocument } from '../api/document.ts';
import { createHandlers } from '../api/resources/index.ts';
import { startServer } from '../api/server.ts';
import { EventFeed } from '../services/event-feed.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { authorise } from '../services/access.ts';
import { authenticate } from '../services/tokens.ts';
import { openStore, type Database } from '../store/client.ts';
import { listen, type Listener } from '../store/listen.ts';
import { createLogStore, createObjectStore, createScheduler, runLimits } from './backends.ts';
import { required, splitAddress, tlsOf, type ServerConfig } from './config.ts';
import { checkServices } from './health.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './paths.ts';
import { createSecretStore } from './secret-store.ts';
import { connectTemporal } from './temporal.ts';
import { COMMIT, VERSION } from './version.ts';

export interface RunningApi {
  /** Where the API is, without a slash at the end. */
  readonly url: string;
  /** Finishes the requests under way, closes streams, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** Starts the HTTP API. The database has to have its schema. */
export async function startApi(config: ServerConfig, logger: Logger, metrics: Metrics): Promise<RunningApi> {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  const { db } = store;
  const temporal = await connectTemporal(config);
  metrics.observeRuns(db);
  const feed = new EventFeed(db);
  const listener = await listenForEvents(store.url, feed, logger);
  await feed.prime();
  const scheduler = createScheduler(config);
  const app = await createApp({
    document: JSON.parse(await readFile(openApiDocument, 'utf8')) as OpenApiDocument,
    ...createHandlers({
      db,
      logger,
      feed,
      scheduler,
      workflows: createRunWorkflows(temporal.client, config.temporal.task_queue),
      limits: runLimits(config),
      logs: createLogStore(config),
      objects: await createObjectStore(config),
      pipelineObjectLimit: config.object_store.pipeline_object_limit,
      ...createSecretStore(config),
      commit: COMMIT,
      version: VERSION,
    }),
    authenticate: authenticator(config, db, logger),
    authorise: (caller, permission, path) => authorise(db, caller, requirementOf(permission, path)),
    logger,
    validateResponses: config.development.validate_responses,
    failedLoginsPerMinute: config.server.failed_logins_per_minute,
    deadlineMs: config.server.request_timeout * 1000,
    bodyLimit: config.server.body_limit,
    metrics,
    ready: () => checkServices(db, temporal),
  });
  const server = await startServer(app, {
    ...splitAddress(config.server.bind_address),
    ...tlsOf(config.server, 'server'),
  });
  return {
    url: server.url,
    async stop() {
      await server.close();
      await listener.close();
      await scheduler.close();
      await temporal.close();
      await store.close();
    },
  };
}

function listenForEvents(url: string, feed: EventFeed, logger: Logger): Promise<Listener> {
  return listen({
    url,
    channels: ['gofer_events'],
    onNotification: (_channel, position) => feed.announce(BigInt(position)),
    onListening: () => feed.wake(),
    onError: (err) => logger.warn({ err }, 'listening for events'),
  });
}

/** With `development.bypass_auth` everybody is an administrator (contract, api-behaviour §2.2). */
function authenticator(config: ServerConfig, db: Database, logger: Logger): Authenticate {
  if (!config.development.bypass_auth) return (header) => authenticate(db, header);
  logger.warn('development.bypass_auth is set: everybody who reaches this server may do everything');
  return async () => ({ tokenId: '0', user: 'Anonymous', roles: ['admin'] });
}
