import type { PrismaClient } from '../../generated/prisma/client.ts';
import { getDeployment, listDeployments } from '../../store/deployments.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function deploymentHandlers({ db }: { readonly db: PrismaClient }) {
  return {
    list_deployments: async ({ path }) => ({
      status: 200,
      body: { deployments: await listDeployments(db, pipelineOf(path)) },
    }),

    get_deployment: async ({ path }) => ({
      status: 200,
      body: { deployment: await getDeployment(db, pipelineOf(path), path.deployment_id) },
    }),
  } satisfies Pick<Handlers, 'list_deployments' | 'get_deployment'>;
}
