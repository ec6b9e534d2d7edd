import { invalid } from '../../core/errors.ts';
import { listLastRuns } from '../../store/runs.ts';
import { getPipeline, listPipelines, setPipelineState } from '../../store/pipelines.ts';
import { visibleTo } from '../../services/access.ts';
import { deletePipeline, type DeletionDependencies } from '../../services/pipelines.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { PipelineMetadata } from '../../sdk/wire.ts';
import { pipelineOf } from './refs.ts';

/** So many pipelines are read at once where only some of them may be shown. */
const BATCH = 1_000;

export function pipelineHandlers(deps: DeletionDependencies) {
  const { db } = deps;
  return {
    list_pipelines: async ({ path, query: { limit, cursor, include } }, { caller }) => {
      const namespace = { name: 'namespaces', id: path.namespace_id };
      const readable = await visibleTo(db, caller, 'pipelines', [namespace]);
      const [behind] = cursor === undefined ? [] : readCursor('pipelines', cursor, ['']);
      const most = limit ?? Infinity;
      const found = await listReadable(db, path.namespace_id, readable, most + 1, behind);
      const { page, next } = cutPage(found, most, (last) => writeCursor('pipelines', last.pipeline_id));
      if (include !== 'last_run') return { status: 200, body: { pipelines: page, ...next } };
      // Who may not read the runs of a pipeline does not get its last one either.
      const open = await visibleTo(db, caller, 'pipelines', [namespace, { name: 'runs' }]);
      const ids = page.map(({ pipeline_id }) => pipeline_id).filter(open);
      const lastRuns = await listLastRuns(db, path.namespace_id, ids);
      const pipelines = page.map((pipeline) => {
        const run = lastRuns.get(pipeline.pipeline_id);
        return run ? { ...pipeline, last_run: run } : pipeline;
      });
      return { status: 200, body: { pipelines, ...next } };
    },

    get_pipeline: async ({ path }) => ({ status: 200, body: { pipeline: await getPipeline(db, pipelineOf(path)) } }),

    update_pipeline: async ({ path, body: { state } }) => {
      if (state === 'unknown') {
        throw invalid('the pipeline is not valid', [
          { path: 'state', value: state, message: "must be 'active' or 'disabled'" },
        ]);
      }
      if (state) await setPipelineState(db, pipelineOf(path), state);
      else await getPipeline(db, pipelineOf(path));
      return { status: 204 };
    },

    delete_pipeline: async ({ path }, { caller }) => {
      await deletePipeline(deps, pipelineOf(path), caller);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_pipelines' | 'get_pipeline' | 'update_pipeline' | 'delete_pipeline'>;
}

/** The first `limit` pipelines behind an id that may be shown. */
async function listReadable(
  db: PrismaClient,
  namespace: string,
  readable: (id: string) => boolean,
  limit: number,
  start: string | undefined,
): Promise<PipelineMetadata[]> {
  const found: PipelineMetadata[] = [];
  const size = Math.min(limit, BATCH);
  for (let behind = start; ;) {
    const batch = await listPipelines(db, namespace, { limit: size, ...(behind !== undefined && { behind }) });
    found.push(...batch.filter(({ pipeline_id }) => readable(pipeline_id)));
    behind = batch.at(-1)?.pipeline_id;
    if (batch.length < size || found.length >= limit) return found.slice(0, limit);
  }
}
