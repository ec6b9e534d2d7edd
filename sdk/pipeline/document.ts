import type { Problem } from '../../core/errors.ts';
import { invalid } from '../../core/errors.ts';
import {
  checkPipelineDocument,
  type PipelineDocument,
  type RegistryAuthDocument,
  type TaskDocument,
} from '../../core/pipeline-config.ts';
import { pipelineOptions, taskOptions, type PipelineOptions, type TaskOptions } from '../../core/pipeline-options.ts';

/** Which outcome of a parent lets a task start. A skipped parent satisfies only `Any`, a cancelled one nothing. */
export type RequiredParentStatus = 'Any' | 'Success' | 'Failure';

/** A task as a plain object. Only `id` and `image` are required. */
export interface TaskInput extends TaskOptions {
  readonly id: string;
  readonly description?: string | null;
  readonly image: string;
  readonly registry_auth?: RegistryAuthDocument | null;
  readonly depends_on?: Readonly<Record<string, RequiredParentStatus>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[] | null;
  readonly command?: readonly string[] | null;
  readonly inject_api_token?: boolean;
  readonly always_pull_newest_image?: boolean;
}

/** A pipeline as a plain object. `name` is the id if left out, `parallelism` 0 (no limit). */
export interface PipelineInput extends PipelineOptions {
  readonly id: string;
  readonly name?: string;
  readonly description?: string | null;
  /** Runs allowed at once; 0 means no limit of the pipeline's own. */
  readonly parallelism?: number;
  readonly tasks?: readonly TaskInput[];
}

/** A document in which every field is present, except for options that are not set. */
export type CompletePipeline = Required<Omit<PipelineDocument, 'tasks' | keyof PipelineOptions>> &
  PipelineOptions & { readonly tasks: readonly CompleteTask[] };
export type CompleteTask = Required<Omit<TaskDocument, keyof TaskOptions>> & TaskOptions;

/** Writes out every default, with the fields in one fixed order, so that equal pipelines print equal text. */
export function completePipeline(input: PipelineInput | PipelineDocument): CompletePipeline {
  return {
    id: input.id,
    name: input.name ?? input.id,
    description: input.description ?? '',
    parallelism: input.parallelism ?? 0,
    ...pipelineOptions(input),
    tasks: (input.tasks ?? []).map(completeTask),
  };
}

/** The same for one task. */
export function completeTask(input: TaskInput | TaskDocument): CompleteTask {
  return {
    id: input.id,
    description: input.description ?? '',
    image: input.image,
    registry_auth: input.registry_auth ?? null,
    depends_on: input.depends_on ?? {},
    variables: input.variables ?? {},
    entrypoint: input.entrypoint ?? null,
    command: input.command ?? null,
    inject_api_token: input.inject_api_token ?? false,
    always_pull_newest_image: input.always_pull_newest_image ?? false,
    ...taskOptions(input),
  };
}

/** A pipeline that must not be registered. The message lists every problem with its place. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly #problems: readonly Problem[];

  constructor(pipelineId: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(invalid(`pipeline '${pipelineId}' has ${count}:`, problems).message);
    this.#problems = problems;
    // Uncaught, it ends a pipeline program. What the author needs then is the list, not the way through this library.
    this.stack = `${this.name}: ${this.message}`;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }
}

/** @throws PipelineError naming all problems. */
export function assertValid(document: PipelineDocument): void {
  const problems = checkPipelineDocument(document);
  if (problems.length > 0) throw new PipelineError(document.id, problems);
}
