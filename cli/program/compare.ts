import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import { completePipeline, completeTask, type CompleteTask } from '../../sdk/pipeline/document.ts';
import type { Config, ParentRequirement, ParentRequirementDocument, Task } from '../../sdk/wire.ts';

/** A field with its values, of which one may be missing. */
export interface FieldChange {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A task that is new, or in which something has changed. */
export interface TaskChange {
  readonly id: string;
  readonly fields: readonly FieldChange[];
}

/** What a new document changes about a registered one. All empty means: nothing. */
export interface Difference {
  readonly fields: readonly FieldChange[];
  readonly added: readonly TaskChange[];
  readonly changed: readonly TaskChange[];
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
  const known = tasks.filter(({ id }) => old.has(id));
  const isNew = tasks.filter(({ id }) => !old.has(id));
  return {
    fields: changedFields(before, after),
    added: isNew.map((task) => ({ id: task.id, fields: fieldsOf(task) })),
    changed: known
      .map((task) => ({ id: task.id, fields: changedFields(old.get(task.id) ?? task, task) }))
      .filter(({ fields }) => fields.length > 0),
    removed: [...old.keys()].filter((id) => !ids.has(id)),
  };
}

export function isSame({ fields, added, changed, removed }: Difference): boolean {
  return fields.length + added.length + changed.length + removed.length === 0;
}

/** What is said of a task besides its id, as far as it is not what would hold anyway. */
function fieldsOf(task: CompleteTask): FieldChange[] {
  const nothing = { ...completeTask({ id: task.id, image: '' }) };
  return changedFields(nothing, task).map(({ field, after }) => ({ field, after }));
}

function changedFields(before: object, after: object): FieldChange[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((field) => canonical(old.get(field)) !== canonical(now.get(field)))
    .map((field) => ({ field, before: old.get(field), after: now.get(field) }));
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
