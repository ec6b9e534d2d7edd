import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { allowAuthenticated } from '../api/access.ts';
import { createApp } from '../api/app.ts';
import type { OpenApiDocument } from '../api/document.ts';
import { configHandlers } from '../api/resources/configs.ts';
import { deploymentHandlers } from '../api/resources/deployments.ts';
import { eventHandlers, eventStreams } from '../api/resources/events.ts';
import { logHandlers, logStreams } from '../api/resources/logs.ts';
import { namespaceHandlers } from '../api/resources/namespaces.ts';
import { pipelineHandlers } from '../api/resources/pipelines.ts';
import { runHandlers } from '../api/resources/runs.ts';
import { systemHandlers } from '../api/resources/system.ts';
import { taskExecutionHandlers } from '../api/resources/task-executions.ts';
import { startServer } from '../api/server.ts';
import { EventFeed } from '../services/event-feed.ts';
import { createRunWorkflows } from '../services/run-workflows.ts';
import { authenticate } from '../services/tokens.ts';
import { openStore } from '../store/client.ts';
import { listen } from '../store/listen.ts';
import { createConfiguredSealer, createLogStore, runLimits } from './backends.ts';
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
  const workflows = createRunWorkflows(temporal.client, config.temporal.task_queue);
  const runs = { db, workflows, logger, limits: runLimits(config) };
  const app = await createApp({
    document: JSON.parse(await readFile(openApiDocument, 'utf8')) as OpenApiDocument,
    handlers: {
      ...systemHandlers({ commit: COMMIT, version: VERSION }),
      ...namespaceHandlers({ db }),
      ...pipelineHandlers({ db }),
      ...configHandlers({ db, sealer: createConfiguredSealer(config) }),
      ...deploymentHandlers({ db }),
      ...runHandlers(runs),
      ...taskExecutionHandlers(runs),
      ...logHandlers({ db, logs }),
      ...eventHandlers({ db }),
    },
    streamHandlers: { ...logStreams({ db, logs }), ...eventStreams({ feed }) },
    authenticate: (header) => authenticate(db, header),
    authorise: allowAuthenticated,
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
      await temporal.close();
      await store.close();
    },
  };
}
