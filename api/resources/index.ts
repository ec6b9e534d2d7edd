import type { LogStore } from '../../backends/logs/contract.ts';
import type { Scheduler } from '../../backends/scheduler/contract.ts';
import type { SecretStore } from '../../backends/secrets/contract.ts';
import type { EventFeed } from '../../services/event-feed.ts';
import type { ExtensionDependencies } from '../../services/extensions.ts';
import type { ObjectDependencies } from '../../services/objects.ts';
import type { RunDependencies } from '../../services/runs.ts';
import type { Sealer } from '../../services/sealing.ts';
import type { ByteHandlers, Handlers, StreamHandlers, TerminalHandlers } from '../handlers.ts';
import { activityHandlers } from './activity.ts';
import { attachTerminals } from './attach.ts';
import { auditHandlers } from './audit.ts';
import { configHandlers } from './configs.ts';
import { consoleHandlers, type ConsoleDependencies } from './console.ts';
import { deploymentHandlers } from './deployments.ts';
import { eventHandlers, eventStreams } from './events.ts';
import { extensionHandlers, extensionStreams } from './extensions.ts';
import { logBytes, logHandlers, logStreams } from './logs.ts';
import { namespaceHandlers } from './namespaces.ts';
import { objectBytes, objectHandlers } from './objects.ts';
import { pipelineHandlers } from './pipelines.ts';
import { roleHandlers } from './roles.ts';
import { runHandlers } from './runs.ts';
import { secretHandlers } from './secrets.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { systemHandlers, type SystemDependencies } from './system.ts';
import { taskExecutionHandlers } from './task-executions.ts';
import { tokenHandlers } from './tokens.ts';

/** What the handlers of all resources need. */
export interface ResourceDependencies
  extends RunDependencies, ObjectDependencies, ExtensionDependencies, SystemDependencies, ConsoleDependencies {
  readonly logs: LogStore;
  readonly sealer: Sealer;
  readonly secrets: SecretStore;
  readonly scheduler: Scheduler;
  readonly feed: EventFeed;
  /** See `getInstance`. */
  readonly instance: string;
}

/** The handlers of all operations; one that is missing does not compile. */
export function createHandlers(deps: ResourceDependencies): {
  handlers: Handlers;
  streamHandlers: StreamHandlers;
  byteHandlers: ByteHandlers;
  terminalHandlers: TerminalHandlers;
} {
  return {
    handlers: {
      ...activityHandlers(deps),
      ...consoleHandlers(deps),
      ...systemHandlers(deps),
      ...namespaceHandlers(deps),
      ...pipelineHandlers(deps),
      ...configHandlers(deps),
      ...deploymentHandlers(deps),
      ...runHandlers(deps),
      ...taskExecutionHandlers(deps),
      ...logHandlers(deps),
      ...objectHandlers(deps),
      ...secretHandlers(deps),
      ...auditHandlers(deps),
      ...extensionHandlers(deps),
      ...subscriptionHandlers(deps),
      ...eventHandlers(deps),
      ...roleHandlers(deps),
      ...tokenHandlers(deps),
    },
    streamHandlers: { ...logStreams(deps), ...extensionStreams(deps), ...eventStreams(deps) },
    byteHandlers: { ...objectBytes(deps), ...logBytes(deps) },
    terminalHandlers: attachTerminals(deps),
  };
}
