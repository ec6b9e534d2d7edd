import { notFound } from '../core/errors.ts';
import { taskKey, type TaskRef } from '../core/ids.ts';
import type { TaskOutcome } from '../core/states.ts';
import type { Task, Variable } from '../sdk/wire.ts';
import type { Database } from './client.ts';

/** All that a supervisor has to know about a task, read at once. */
export interface SupervisedTask {
  /** Set if its end is recorded already. */
  readonly recorded?: TaskOutcome;
  /** The task as its config has it. */
  readonly definition: Task;
  readonly variables: readonly Variable[];
  /** For pulling its image, if it has one. */
  readonly sealedRegistryPassword?: string;
  readonly cancellation?: Cancellation;
}

/** That a task, or the run it is part of, was asked to stop. */
export interface Cancellation {
  /** Between TERM and KILL, if whoever cancelled had a wish. */
  readonly graceSeconds?: number;
  /** A sentence for people. */
  readonly description: string;
}

interface Row {
  readonly ended: Date | null;
  readonly status: TaskOutcome['status'];
  readonly reason: NonNullable<TaskOutcome['reason']> | null;
  readonly description: string | null;
  readonly exit_code: number | null;
  readonly variables: Variable[];
  readonly definition: Task;
  readonly registry_auth: string | null;
  readonly task_cancelled: boolean;
  readonly cancel_grace: number | null;
  readonly run_cancelled: boolean;
  readonly cancelled_by: string | null;
}

/** @throws GoferError `not_found` if the task execution is not there, for example because its pipeline was deleted */
export async function findSupervisedTask(db: Database, ref: TaskRef): Promise<SupervisedTask> {
  const [row] = await db.$queryRaw<Row[]>`
    select t.ended, t.status, t.reason, t.description, t.exit_code, t.variables, t.cancel_grace,
      c.tasks -> t.task_id as definition, c.registry_auths ->> t.task_id as registry_auth, r.cancelled_by,
      t.cancel_requested is not null as task_cancelled, r.cancel_requested is not null as run_cancelled
    from task_executions t
      join runs r using (namespace_id, pipeline_id, run_id)
      join pipeline_configs c using (namespace_id, pipeline_id, version)
    where t.namespace_id = ${ref.namespace} and t.pipeline_id = ${ref.pipeline} and t.run_id = ${ref.run}
      and t.task_id = ${ref.task}`;
  if (!row) throw notFound('task execution', taskKey(ref));
  const cancellation = toCancellation(row);
  return {
    definition: row.definition,
    variables: row.variables,
    ...(row.ended !== null && { recorded: toOutcome(row) }),
    ...(row.registry_auth !== null && { sealedRegistryPassword: row.registry_auth }),
    ...(cancellation && { cancellation }),
  };
}

function toOutcome(row: Row): TaskOutcome {
  return {
    status: row.status,
    exitCode: row.exit_code ?? 0,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.description !== null && { description: row.description }),
  };
}

function toCancellation(row: Row): Cancellation | undefined {
  if (row.task_cancelled) {
    return {
      description: 'the task was cancelled',
      ...(row.cancel_grace !== null && { graceSeconds: row.cancel_grace }),
    };
  }
  if (row.run_cancelled) return { description: `the run was cancelled by ${row.cancelled_by ?? 'somebody'}` };
  return undefined;
}
