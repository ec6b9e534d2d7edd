import type { Logger } from 'pino';
import type { ExtensionSurroundings } from '../core/extension-environment.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { ContainerClients } from '../services/extension-containers.ts';
import { createExtensionWorkflows } from '../services/extension-workflows.ts';
import type { ExtensionDependencies } from '../services/extensions.ts';
import type { Sealer } from '../services/sealing.ts';
import { tlsOf, type ServerConfig } from './config.ts';
import type { Temporal } from './temporal.ts';

/** What API processes and workers need to deal with extensions. */
export function extensionDependencies(
  config: ServerConfig,
  { db, temporal, sealer, logger }: { db: PrismaClient; temporal: Temporal; sealer: Sealer; logger: Logger },
): ExtensionDependencies {
  return {
    ...{ db, sealer, logger },
    extensionWorkflows: createExtensionWorkflows(temporal.client, config.temporal.task_queue),
    containerClients: new ContainerClients(sealer, config.extensions.verify_certs),
  };
}

/** What containers of extensions are told about their surroundings. */
export function extensionSurroundings(config: ServerConfig): ExtensionSurroundings {
  return {
    logLevel: config.api.log_level,
    apiAddress: config.server.extension_address,
    apiUsesTls: config.server.use_tls,
    ...tlsOf(config.extensions, 'extensions'),
  };
}
