import { invalid } from '../../core/errors.ts';
import { getPipeline, listPipelines, setPipelineState } from '../../store/pipelines.ts';
import { visibleTo } from '../../services/access.ts';
import { deletePipeline, type DeletionDependencies } from '../../services/pipelines.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function pipelineHandlers(deps: DeletionDependencies) {
  const { db } = deps;
  return {
    list_pipelines: async ({ path }, { caller }) => {
      const namespace = { name: 'namespaces', id: path.namespace_id };
      const readable = await visibleTo(db, caller, 'pipelines', [namespace]);
      const pipelines = await listPipelines(db, path.namespace_id);
      return { status: 200, body: { pipelines: pipelines.filter(({ pipeline_id }) => readable(pipeline_id)) } };
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
