import type { RunRef, TaskRef } from '../../core/ids.ts';
import type { PipelineRef } from '../../store/pipelines.ts';

interface PipelinePath {
  readonly namespace_id: string;
  readonly pipeline_id: string;
}

/** The pipeline a path names. */
export function pipelineOf(path: PipelinePath): PipelineRef {
  return { namespace: path.namespace_id, pipeline: path.pipeline_id };
}

/** The run a path names. */
export function runOf(path: PipelinePath & { readonly run_id: number }): RunRef {
  return { ...pipelineOf(path), run: path.run_id };
}

/** The task a path names. */
export function taskOf(path: PipelinePath & { readonly run_id: number; readonly task_id: string }): TaskRef {
  return { ...runOf(path), task: path.task_id };
}
