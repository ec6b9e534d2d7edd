import { cancelRun, getRun, startRun, type RunDependencies } from '../../services/runs.ts';
import type { Sealer } from '../../services/sealing.ts';
import { listRuns } from '../../store/runs.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf, runOf } from './refs.ts';

/** The contract's page size. */
const DEFAULT_LIMIT = 50;

export function runHandlers(deps: RunDependencies & { readonly sealer: Sealer }) {
  return {
    list_runs: async ({ path, query }) => {
      const page = {
        limit: query.limit ?? DEFAULT_LIMIT,
        offset: query.offset ?? 0,
        reverse: query.reverse ?? false,
      };
      return { status: 200, body: { runs: await listRuns(deps.db, pipelineOf(path), page) } };
    },

    start_run: async ({ path, body }, { caller }) => ({
      status: 201,
      body: { run: await startRun(deps, pipelineOf(path), caller, body.variables) },
    }),

    get_run: async ({ path }) => ({ status: 200, body: { run: await getRun(deps, runOf(path)) } }),

    cancel_run: async ({ path }, { caller }) => {
      await cancelRun(deps, runOf(path), caller);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_runs' | 'start_run' | 'get_run' | 'cancel_run'>;
}
