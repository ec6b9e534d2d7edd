import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import { completePipeline } from '../../sdk/pipeline/document.ts';
import type { Config, ParentRequirement, ParentRequirementDocument, Task } from '../../sdk/wire.ts';

/** What a new document changes about a registered one. All empty means: nothing. */
export interface Difference {
  readonly fields: readonly string[];
  readonly added: readonly string[];
  readonly changed: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly removed: readonly string[];
}

/**
 * Compares by meaning: defaults are filled in, and the order of tasks, variables and parents does not count. A task with
 * registry credentials always counts as changed, since the server does not give passwords back.
 */
export function compare(registered: Config, document: PipelineDocument): Difference {
  const { tasks: oldTasks, ...before } = completePipeline(toDocument(registered));
  const { tasks, ...after } = completePipeline(document);
  const old = new Map(oldTasks.map((task) => [task.id, task]));
  const ids = new Set(tasks.map(({ id }) => id));
  return {
    fields: changedFields(before, after),
    added: [...ids].filter((id) => !old.has(id)),
    changed: tasks
      .map((task) => ({ id: task.id, fields: changedFields(old.get(task.id) ?? task, task) }))
      .filter(({ fields }) => fields.length > 0),
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
    ...changed.map((task) => `~ task ${task.id}: ${task.fields.join(', ')}`),
    ...removed.map((id) => `- task ${id}`),
  ];
}

function changedFields(before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (field) => canonical(old.get(field)) !== canonical(now.get(field)),
  );
}

/** The order of an object's members does not count, that of a list does. */
function canonical(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Undoes what registration does to a document. */
export function toDocument({ pipeline_id: id, tasks, ...config }: Config): PipelineDocument {
  return { ...config, id, tasks: Object.values(tasks).map(toTaskDocument) };
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
