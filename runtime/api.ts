import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { requirementOf } from '../api/access.ts';
import { createApp } from '../api/app.ts';
import type { OpenApiDocument } from '../api/document.ts';
import { attachTerminals } from '../api/resources/attach.ts';
import { configHandlers } from '../api/resources/configs.ts';
import { deploymentHandlers } from '../api/resources/deployments.ts';
import { eventHandlers, eventStreams } from '../api/resources/events.ts';
import { extensionHandlers, extensionStreams } from '../api/resources/extensions.ts';
import { logHandlers, logStreams } from '../api/resources/logs.ts';
import { namespaceHandlers } from '../api/resources/namespaces.ts';
import { objectBytes, objectHandlers } from '../api/resources/objects.ts';
import { pipelineHandlers } from '../api/resources/pipelines.ts';
import { roleHandlers } from '../api/resources/roles.ts';
import { runHandlers } from '../api/resources/runs.ts';
import { secretHandlers } from '../api/resources/secrets.ts';
import { subscriptionHandlers } from '../api/resources/subscriptions.ts';
import { systemHandlers } from '../api/resources/system.ts';
import { taskExecutionHandlers } from '../api/resources/task-executions.ts';
import { tokenHandlers } from '../api/resources/tokens.ts';
import { startServer } from '../api/server.ts';
import { EventFeed } from '../services/event-feed.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { authorise } from '../services/access.ts';
import { authenticate } from '../services/tokens.ts';
import { openStore } from '../store/client.ts';
import { listen } from '../store/listen.ts';
import { createConfiguredSealer, createLogStore, createObjectStore, createScheduler, runLimits } from './backends.ts';
import { required, type ServerConfig } from './config.ts';
import { openApiDocument } from './paths.ts';
import { connectTemporal } from './temporal.ts';
import { COMMIT, VERSION } from './version.ts';

export interface RunningApi {
  /** Where the API is, without a slash at the end. */
  readonly url: string;
  /** Finishes the requests under way, closes streams, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** Starts the HTTP API. The database has to have its schema. */
export async function startApi(config: ServerConfig, logger: Logger): Promise<RunningApi> {
  const store = openStore(required(config.database.url, 'database.url'), (err) => logger.warn({ err }, 'database'));
  const { db } = store;
  const temporal = await connectTemporal(config);
  const feed = new EventFeed(db);
  const listener = await listen({
    url: store.url,
    channels: ['gofer_events'],
    onNotification: () => feed.wake(),
    onListening: () => feed.wake(),
    onError: (err) => logger.warn({ err }, 'listening for events'),
  });
  const logs = createLogStore(config);
  const sealer = createConfiguredSealer(config);
  const scheduler = createScheduler(config);
  const objects = {
    db,
    objects: createObjectStore(config),
    logger,
    pipelineObjectLimit: config.object_store.pipeline_object_limit,
  };
  const workflows = createRunWorkflows(temporal.client, config.temporal.task_queue);
  const runs = { db, workflows, logger, limits: runLimits(config) };
  const app = await createApp({
    document: JSON.parse(await readFile(openApiDocument, 'utf8')) as OpenApiDocument,
    handlers: {
      ...systemHandlers({ db, commit: COMMIT, version: VERSION }),
      ...namespaceHandlers({ db }),
      ...pipelineHandlers({ db }),
      ...configHandlers({ db, sealer }),
      ...deploymentHandlers({ db }),
      ...runHandlers(runs),
      ...taskExecutionHandlers(runs),
      ...logHandlers({ db, logs }),
      ...objectHandlers(objects),
      ...secretHandlers({ db, sealer }),
      ...extensionHandlers({ db, sealer }),
      ...subscriptionHandlers({ db }),
      ...eventHandlers({ db }),
      ...roleHandlers({ db }),
      ...tokenHandlers({ db }),
    },
    streamHandlers: { ...logStreams({ db, logs }), ...extensionStreams({ db }), ...eventStreams({ feed }) },
    byteHandlers: objectBytes(objects),
    terminalHandlers: attachTerminals({ db, scheduler }),
    authenticate: (header) => authenticate(db, header),
    authorise: (caller, permission, path) => authorise(db, caller, requirementOf(permission, path)),
    logger,
    validateResponses: config.development.validate_responses,
    ready: async () => {
      await db.$queryRaw`select 1`;
      await temporal.client.workflowService.getSystemInfo({});
    },
  });
  const [host = '127.0.0.1', port = '0'] = config.server.bind_address.split(/:(?=\d+$)/);
  const server = await startServer(app, { host, port: Number(port) });
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
