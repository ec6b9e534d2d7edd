import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Sealer } from '../../services/sealing.ts';
import { rotateKeys } from '../../services/key-rotation.ts';
import { deleteSecret, putSecret, readSecret, type SecretDependencies } from '../../services/secrets.ts';
import { requireStorable } from '../../services/texts.ts';
import { listGlobalSecrets, listPipelineSecrets } from '../../store/secrets.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function secretHandlers(deps: SecretDependencies & { readonly db: PrismaClient; readonly sealer: Sealer }) {
  const { db } = deps;
  return {
    list_pipeline_secrets: async ({ path }) => ({
      status: 200,
      body: { secrets: await listPipelineSecrets(db, pipelineOf(path)) },
    }),

    get_pipeline_secret: async ({ path, query }, { caller }) => {
      const name = { pipeline: pipelineOf(path), key: path.key };
      return { status: 200, body: await readSecret(deps, name, query.include_secret ? { caller } : undefined) };
    },

    put_pipeline_secret: async ({ path, body }, { caller }) => {
      requireStorable(body);
      const { key, content, force } = body;
      const secret = await putSecret(deps, { caller }, { pipeline: pipelineOf(path), key }, { content, force });
      return { status: 201, body: { secret } };
    },

    delete_pipeline_secret: async ({ path }, { caller }) => {
      await deleteSecret(deps, { caller }, { pipeline: pipelineOf(path), key: path.key });
      return { status: 204 };
    },

    list_global_secrets: async () => ({ status: 200, body: { secrets: await listGlobalSecrets(db) } }),

    get_global_secret: async ({ path: { key }, query }, { caller }) => ({
      status: 200,
      body: await readSecret(deps, { key }, query.include_secret ? { caller } : undefined),
    }),

    put_global_secret: async ({ body }, { caller }) => {
      requireStorable(body);
      const { key, content, namespaces, force } = body;
      return {
        status: 201,
        body: { secret: await putSecret(deps, { caller }, { key }, { content, namespaces, force }) },
      };
    },

    delete_global_secret: async ({ path: { key } }, { caller }) => {
      await deleteSecret(deps, { caller }, { key });
      return { status: 204 };
    },

    rotate_keys: async (_input, { caller }) => ({ status: 200, body: await rotateKeys(deps, caller) }),
  } satisfies Partial<Handlers>;
}
