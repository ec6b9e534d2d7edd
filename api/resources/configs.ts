import type { PrismaClient } from '../../generated/prisma/client.ts';
import { registerConfig } from '../../services/configs.ts';
import type { Sealer } from '../../services/sealing.ts';
import { deleteConfig, getConfig, listConfigs } from '../../store/configs.ts';
import { deployConfig } from '../../store/deployments.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function configHandlers(deps: { readonly db: PrismaClient; readonly sealer: Sealer }) {
  const { db } = deps;
  return {
    list_configs: async ({ path }) => ({ status: 200, body: { configs: await listConfigs(db, pipelineOf(path)) } }),

    register_config: async ({ path, body }) => {
      requireStorable(body);
      return { status: 201, body: { pipeline: await registerConfig(deps, pipelineOf(path), body.config) } };
    },

    get_config: async ({ path }) => ({
      status: 200,
      body: { config: await getConfig(db, pipelineOf(path), path.version) },
    }),

    deploy_config: async ({ path }) => ({
      status: 201,
      body: { deployment: await deployConfig(db, pipelineOf(path), path.version) },
    }),

    delete_config: async ({ path }) => {
      await deleteConfig(db, pipelineOf(path), path.version);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_configs' | 'register_config' | 'get_config' | 'deploy_config' | 'delete_config'>;
}
