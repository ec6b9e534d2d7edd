import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import { completePipeline } from '../../sdk/pipeline/document.ts';
import type { Config, ParentRequirement, ParentRequirementDocument, Task } from '../../sdk/wire.ts';

/** What a new document changes about a registered one. All empty means: nothing. */
export interface Difference {
  readonly fields: readonly string[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Compares by meaning: defaults are filled in, and the order of tasks, variables and parents does not count. A task with
 * registry credentials always counts as changed, since the server does not give passwords back.
 */
export function compare(registered: Config, document: PipelineDocument): Difference {
  const before = completePipeline(toDocument(registered));
  const after = completePipeline(document);
  const old = new Map(before.tasks.map((task) => [task.id, canonical(task)]));
  const ids = new Set(after.tasks.map((task) => task.id));
  return {
    fields: (['name', 'description', 'parallelism'] as const).filter((field) => before[field] !== after[field]),
    added: [...ids].filter((id) => !old.has(id)),
    changed: after.tasks
      .filter((task) => old.has(task.id) && old.get(task.id) !== canonical(task))
      .map((task) => task.id),
    removed: [...old.keys()].filter((id) => !ids.has(id)),
  };
}

export function isSame({ fields, added, changed, removed }: Difference): boolean {
  return fields.length + added.length + changed.length + removed.length === 0;
}

/** The difference in lines such as `+ task publish`. */
export function describeDifference({ fields, added, changed, removed }: Difference): string[] {
  return [
    ...fields.map((field) => `~ ${field}`),
    ...added.map((id) => `+ task ${id}`),
    ...changed.map((id) => `~ task ${id}`),
    ...removed.map((id) => `- task ${id}`),
  ];
}

function canonical(task: TaskDocument): string {
  return JSON.stringify({ ...task, depends_on: sorted(task.depends_on), variables: sorted(task.variables) });
}

function sorted(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Undoes what registration does to a document. */
function toDocument({ pipeline_id, name, description, parallelism, tasks }: Config): PipelineDocument {
  return { id: pipeline_id, name, description, parallelism, tasks: Object.values(tasks).map(toTaskDocument) };
}

const STATUSES: Readonly<Record<ParentRequirement, ParentRequirementDocument>> = {
  any: 'Any',
  success: 'Success',
  failure: 'Failure',
  unknown: 'Unknown',
};

function toTaskDocument(task: Task): TaskDocument {
  return {
    ...task,
    depends_on: Object.fromEntries(
      Object.entries(task.depends_on).map(([parent, requirement]) => [parent, STATUSES[requirement]]),
    ),
    variables: Object.fromEntries(task.variables.map(({ key, value }) => [key, value])),
  };
}
