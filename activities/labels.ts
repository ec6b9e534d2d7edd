import type { AttemptRef, RunRef } from '../core/ids.ts';

const INSTANCE = 'gofer.instance';
const TASK = 'gofer.task';
const ATTEMPT = 'gofer.attempt';

/** The labels that all containers of this installation carry and no other container does. */
export function instanceLabels(instance: string): Record<string, string> {
  return { [INSTANCE]: instance };
}

/** The labels that all containers of a run carry and no other container does. */
export function runLabels(instance: string, run: RunRef): Record<string, string> {
  return {
    [INSTANCE]: instance,
    'gofer.namespace': run.namespace,
    'gofer.pipeline': run.pipeline,
    'gofer.run': String(run.run),
  };
}

/** The labels that identify the container of an attempt at a task. */
export function attemptLabels(instance: string, attempt: AttemptRef): Record<string, string> {
  return { ...runLabels(instance, attempt), [TASK]: attempt.task, [ATTEMPT]: String(attempt.attempt) };
}

/** The attempt that a container was made for; undefined if its labels do not say, because it is no task's. */
export function attemptOf(labels: Readonly<Record<string, string>>): AttemptRef | undefined {
  const { 'gofer.namespace': namespace, 'gofer.pipeline': pipeline, 'gofer.run': run, [TASK]: task } = labels;
  if (namespace === undefined || pipeline === undefined || run === undefined || task === undefined) return undefined;
  return { namespace, pipeline, run: Number(run), task, attempt: Number(labels[ATTEMPT] ?? 1) };
}

/** The containers of many that are tasks', with the tasks. */
export function ofTasks<Container extends { readonly labels: Readonly<Record<string, string>> }>(
  containers: readonly Container[],
): (Container & { readonly task: AttemptRef })[] {
  return containers.flatMap((container) => {
    const task = attemptOf(container.labels);
    return task ? [{ ...container, task }] : [];
  });
}
