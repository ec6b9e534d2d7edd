/** Describe pipelines in TypeScript. The API client is in `client.ts`, so that pipeline programs load nothing of it. */
export type { Problem } from '../core/errors.ts';
export type { PipelineDocument, RegistryAuthDocument, TaskDocument } from '../core/pipeline-config.ts';
export type { OnLimit, PipelineOptions, RetryPolicy, TaskOptions } from '../core/pipeline-options.ts';
export { PipelineError, type PipelineInput, type RequiredParentStatus, type TaskInput } from './pipeline/document.ts';
export { globalSecret, pipelineObject, pipelineSecret, runObject } from './pipeline/expressions.ts';
export { definePipeline } from './pipeline/finish.ts';
export { pipeline, type PipelineBuilder } from './pipeline/pipeline.ts';
export type { MemorySize } from './pipeline/memory.ts';
export { task, type RetryOptions, type TaskBuilder } from './pipeline/task.ts';
