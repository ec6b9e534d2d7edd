import type { PrismaClient } from '../../generated/prisma/client.ts';
import { pipelineActivity, runActivity, scheduledStarts } from '../../services/activity.ts';
import type { RunLimits } from '../../store/run-queue.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';

const DEFAULT_PIPELINES = 200;
const MOST_PIPELINES = 1_000;
const DEFAULT_RUNS = 20;
const MOST_RUNS_OF_PIPELINE = 100;
const MOST_RUNS = 200;
const DEFAULT_STARTS = 20;
const MOST_STARTS = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

export function activityHandlers({ db, limits }: { readonly db: PrismaClient; readonly limits: RunLimits }) {
  return {
    list_pipeline_activity: async ({ query }, { caller }) => {
      const limit = Math.min(query.limit ?? DEFAULT_PIPELINES, MOST_PIPELINES);
      const [namespace, pipeline] =
        query.cursor === undefined ? [] : readCursor('activity', query.cursor, ['', ''] as [string, string]);
      const found = await pipelineActivity(db, caller, {
        limit: limit + 1,
        runs: Math.min(query.runs ?? DEFAULT_RUNS, MOST_RUNS_OF_PIPELINE),
        ...(namespace !== undefined && pipeline !== undefined && { behind: { namespace, pipeline } }),
        ...(query.search !== undefined && { search: query.search }),
      });
      const { page, next } = cutPage(found, limit, (last) =>
        writeCursor('activity', last.namespace_id, last.pipeline_id),
      );
      return { status: 200, body: { pipelines: page, ...next } };
    },

    list_run_activity: async ({ query }, { caller }) => ({
      status: 200,
      body: await runActivity(db, caller, limits, {
        limit: Math.min(query.limit ?? DEFAULT_RUNS, MOST_RUNS),
        failedAfter: new Date(query.failed_after ?? Date.now() - DAY_MS),
      }),
    }),

    list_scheduled_starts: async ({ query }, { caller }) => ({
      status: 200,
      body: { starts: await scheduledStarts(db, caller, Math.min(query.limit ?? DEFAULT_STARTS, MOST_STARTS)) },
    }),
  } satisfies Partial<Handlers>;
}
