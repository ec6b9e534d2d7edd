import {
  cancelRun,
  getRun,
  listRuns,
  rerun,
  startRun,
  type RunDependencies,
  type RunOptions,
} from '../../services/runs.ts';
import type { Sealer } from '../../services/sealing.ts';
import type { RunPage } from '../../store/runs.ts';
import { requireStorable } from '../../services/texts.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Handlers, Input } from '../handlers.ts';
import { pipelineOf, runOf } from './refs.ts';

/** The contract's page size. */
const DEFAULT_LIMIT = 50;

export function runHandlers(deps: RunDependencies & { readonly sealer: Sealer }) {
  return {
    list_runs: async ({ path, query }) => {
      const limit = query.limit ?? DEFAULT_LIMIT;
      const rows = await listRuns(deps, pipelineOf(path), pageOf(query, limit + 1));
      const { page, next } = cutPage(rows, limit, (last) => writeCursor('runs', last.run_id, last.started));
      return { status: 200, body: { runs: page, ...next } };
    },

    start_run: async ({ path, body }, { caller }) => {
      requireStorable(body);
      const { variables, identity } = body;
      const options = { identity, ...keeping(body) };
      return { status: 201, body: { run: await startRun(deps, pipelineOf(path), caller, variables, options) } };
    },

    get_run: async ({ path }) => ({ status: 200, body: { run: await getRun(deps, runOf(path)) } }),

    rerun_run: async ({ path, body }, { caller }) => ({
      status: 201,
      body: { run: await rerun(deps, runOf(path), caller, body.from_failed ?? false, keeping(body)) },
    }),

    cancel_run: async ({ path }, { caller }) => {
      await cancelRun(deps, runOf(path), caller);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_runs' | 'start_run' | 'get_run' | 'rerun_run' | 'cancel_run'>;
}

function keeping({ keep_failed: keepFailed }: { readonly keep_failed?: number }): RunOptions {
  return keepFailed === undefined ? {} : { keepFailed };
}

function pageOf(query: Input<'list_runs'>['query'], limit: number): RunPage {
  const { cursor, state, status, initiator_user: user, started_after: after, started_before: before } = query;
  const [run, started] = cursor === undefined ? [] : readCursor('runs', cursor, [0, 0] as [number, number]);
  return {
    limit,
    offset: query.offset ?? 0,
    reverse: query.reverse ?? false,
    ...(run !== undefined && started !== undefined && { behind: { run, started } }),
    ...(state && { state }),
    ...(status && { status }),
    ...(user !== undefined && { initiatorUser: user }),
    ...(after !== undefined && { startedAfter: after }),
    ...(before !== undefined && { startedBefore: before }),
  };
}
