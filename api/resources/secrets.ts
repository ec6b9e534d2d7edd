import {
  putGlobalSecret,
  putPipelineSecret,
  readGlobalSecret,
  readPipelineSecret,
  type SecretDependencies,
} from '../../services/secrets.ts';
import {
  deleteGlobalSecret,
  deletePipelineSecret,
  listGlobalSecrets,
  listPipelineSecrets,
} from '../../store/secrets.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function secretHandlers(deps: SecretDependencies) {
  const { db } = deps;
  return {
    list_pipeline_secrets: async ({ path }) => ({
      status: 200,
      body: { secrets: await listPipelineSecrets(db, pipelineOf(path)) },
    }),

    get_pipeline_secret: async ({ path, query }) => ({
      status: 200,
      body: await readPipelineSecret(deps, pipelineOf(path), path.key, query.include_secret),
    }),

    put_pipeline_secret: async ({ path, body }) => {
      requireStorable(body);
      return { status: 201, body: { secret: await putPipelineSecret(deps, pipelineOf(path), body) } };
    },

    delete_pipeline_secret: async ({ path }) => {
      await deletePipelineSecret(db, pipelineOf(path), path.key);
      return { status: 204 };
    },

    list_global_secrets: async () => ({ status: 200, body: { secrets: await listGlobalSecrets(db) } }),

    get_global_secret: async ({ path, query }) => ({
      status: 200,
      body: await readGlobalSecret(deps, path.key, query.include_secret),
    }),

    put_global_secret: async ({ body }) => {
      requireStorable(body);
      return { status: 201, body: { secret: await putGlobalSecret(deps, body) } };
    },

    delete_global_secret: async ({ path }) => {
      await deleteGlobalSecret(db, path.key);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}
