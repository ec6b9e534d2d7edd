import { attemptKey, taskKey, type AttemptRef, type TaskRef } from '../core/ids.ts';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';
import { askedTasks, gathering, inOrderOf } from './gathering.ts';
import { findTaskExecution } from './task-executions.ts';

/** Tells readers, by the key of the task, that there may be news in its logs. */
export const LOG_CHANNEL = 'gofer_logs';

/** For how many seconds nobody may have written to a log that should be complete, before it counts as complete. */
const ABANDONED_AFTER = 120;

/** A writer's right to a log. */
export interface LogClaim {
  readonly id: bigint;
  readonly epoch: number;
}

/** A log as its new writer finds it. */
export interface ClaimedLog extends LogClaim {
  readonly bytes: number;
  /** What an earlier writer left there; an empty object at first. */
  readonly position: unknown;
  readonly finished: boolean;
}

const claimLogs = gathering<AttemptRef, ClaimedLog | undefined>(attemptKey, async (db, attempts) => {
  const rows = await db.$queryRaw<(Omit<ClaimedLog, 'bytes'> & { bytes: bigint; key: string })[]>`
    insert into logs as l (namespace_id, pipeline_id, run_id, task_id, attempt)
    select namespace_id, pipeline_id, run_id, task_id, asked.attempt
    from ${askedTasks(attempts, Prisma.sql`, attempt integer`)}
      join task_executions t using (namespace_id, pipeline_id, run_id, task_id)
    where not logs_removed and not logs_expired
    on conflict (namespace_id, pipeline_id, run_id, task_id, attempt) do update set epoch = l.epoch + 1
    returning id, epoch, bytes, position, finished is not null as finished,
      concat_ws('/', namespace_id, pipeline_id, run_id, task_id, attempt) as key`;
  const logs = new Map(rows.map(({ key, bytes, ...log }) => [key, { ...log, bytes: Number(bytes) }]));
  return attempts.map((ref) => logs.get(attemptKey(ref)));
});

/**
 * Claims a log, making it if there is none. Undefined if there is to be none any more.
 *
 * @throws GoferError `not_found` if there is no such task execution
 */
export async function claimLog(db: PrismaClient, ref: AttemptRef): Promise<ClaimedLog | undefined> {
  const log = await claimLogs(db, ref);
  if (!log) await findTaskExecution(db, ref);
  return log;
}

/** The segments at a log's end that are still in the database. */
export interface LogTail {
  readonly start: number;
  readonly segments: number;
}

/** @param bytes the length of the log */
export async function findLogTail(db: Database, id: bigint, bytes: number): Promise<LogTail> {
  const [row] = await db.$queryRaw<{ start: bigint | null; segments: bigint }[]>`
    select min(start) as start, count(*) as segments from log_segments where log_id = ${id} and data is not null`;
  return { start: Number(row?.start ?? bytes), segments: Number(row?.segments ?? 0) };
}

export async function readLogTail(db: Database, id: bigint): Promise<Uint8Array[]> {
  const rows = await db.logSegment.findMany({
    where: { logId: id, data: { not: null } },
    orderBy: { start: 'asc' },
    select: { data: true },
  });
  return rows.flatMap(({ data }) => data ?? []);
}

/** What a writer appends to a log. */
export interface Addition {
  /** The length that the log has so far. */
  readonly at: number;
  /** In bytes. */
  readonly length: number;
  /** How many lines it ends. */
  readonly lines: number;
  /** The time of the first entry. */
  readonly began: Date;
  /** How far into the container's output the log reaches then. */
  readonly position: object;
}

/**
 * Appends a segment. The commit does not wait for the disk: what a crash of the database takes away, the container still
 * has. Returns false, and does nothing, if the claim or the length is not that of the log any more.
 */
export async function appendSegment(
  db: Database,
  task: TaskRef,
  claim: LogClaim,
  { at, length, lines, began, position }: Addition,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    with log as (
      update logs set bytes = bytes + ${length}::integer, position = ${JSON.stringify(position)}::jsonb, modified = now()
      where id = ${claim.id} and epoch = ${claim.epoch}::integer and bytes = ${at}::bigint and finished is null
      returning id
    ), added as (
      insert into log_segments (log_id, start, length, lines, began, data)
      select id, ${at}::bigint, ${length}::integer, ${lines}::integer, ${began}, ${data} from log
      returning 1
    )
    select set_config('synchronous_commit', 'off', true), pg_notify(${LOG_CHANNEL}, ${taskKey(task)})::text from added`;
  return rows.length > 0;
}

/** Bytes in the object store that are to take the place of a log's tail, and perhaps more. */
export interface SealedTail {
  /** Where the tail begins. */
  readonly start: number;
  /** Of tail and addition together, in bytes. */
  readonly length: number;
  readonly blob: string;
}

/**
 * Puts a segment in the object store into the place of the tail, and of what is new, if anything is. Returns false, and does
 * nothing, if the claim or the length is not that of the log any more. As with `appendSegment`, a crash of the database may
 * undo it.
 *
 * @param at the length that the log has so far
 */
export async function sealTail(
  db: Database,
  task: TaskRef,
  claim: LogClaim,
  at: number,
  sealed: SealedTail,
  addition?: Addition,
): Promise<boolean> {
  const { start, length, blob } = sealed;
  const position = addition ? JSON.stringify(addition.position) : null;
  const rows = await db.$queryRaw<unknown[]>`
    with log as (
      update logs
      set bytes = bytes + ${addition?.length ?? 0}::integer, position = coalesce(${position}::jsonb, position), modified = now()
      where id = ${claim.id} and epoch = ${claim.epoch}::integer and bytes = ${at}::bigint
        and (finished is null or ${position}::jsonb is null)
      returning id
    ), tail as (
      select coalesce(sum(lines), 0) as lines, min(began) as began
      from log_segments s join log on s.log_id = log.id where s.start >= ${start}::bigint
    ), gone as (
      delete from log_segments s using log where s.log_id = log.id and s.start > ${start}::bigint
    ), added as (
      insert into log_segments (log_id, start, length, lines, began, blob)
      select log.id, ${start}::bigint, ${length}::integer, tail.lines + ${addition?.lines ?? 0}::integer,
        coalesce(tail.began, ${addition?.began ?? null}::timestamptz), ${blob}::uuid
      from log, tail
      on conflict (log_id, start) do update
      set length = excluded.length, lines = excluded.lines, data = null, blob = excluded.blob
      returning 1
    )
    select set_config('synchronous_commit', 'off', true), pg_notify(${LOG_CHANNEL}, ${taskKey(task)})::text from added`;
  return rows.length > 0;
}

/** Makes one segment of those at the log's end that are in the database. */
export async function joinTail(db: Database, claim: LogClaim, start: number): Promise<void> {
  await db.$executeRaw`
    with log as (
      select id from logs where id = ${claim.id} and epoch = ${claim.epoch}::integer for update
    ), tail as (
      select log_id, sum(length)::integer as length, sum(lines)::integer as lines, string_agg(data, ''::bytea order by start) as data
      from log_segments s join log on log_id = log.id where start >= ${start}::bigint group by log_id
    ), gone as (
      delete from log_segments s using log where s.log_id = log.id and s.start > ${start}::bigint
    )
    update log_segments s set length = tail.length, lines = tail.lines, data = tail.data
    from tail where s.log_id = tail.log_id and s.start = ${start}::bigint`;
}

/** Marks a log as complete. Returns false if the claim is overtaken or the log is gone. */
export const finishClaimedLog = gathering<{ readonly task: TaskRef; readonly claim: LogClaim }, boolean>(
  ({ claim }) => String(claim.id),
  async (db, logs) => {
    const asking = logs.map(({ task, claim }) => ({ ...task, id: String(claim.id), epoch: claim.epoch }));
    const rows = await db.$queryRaw<{ n: number }[]>`
      with log as (
        update logs set finished = coalesce(finished, now())
        from ${askedTasks(asking, Prisma.sql`, id bigint, epoch integer`)}
        where logs.id = asked.id and logs.epoch = asked.epoch
        returning n, concat_ws('/', asked.namespace_id, asked.pipeline_id, asked.run_id, asked.task_id) as key
      )
      select n, pg_notify(${LOG_CHANNEL}, key)::text from log`;
    return inOrderOf(logs, rows).map((row) => row !== undefined);
  },
);

/** Marks a log as complete and takes it away from its writer, if there is such a log. */
export async function finishLog(db: Database, ref: AttemptRef): Promise<void> {
  await db.$queryRaw`
    with log as (
      update logs set finished = now(), epoch = epoch + 1
      where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run}
        and task_id = ${ref.task} and attempt = ${ref.attempt}::integer and finished is null
      returning 1
    )
    select pg_notify(${LOG_CHANNEL}, ${taskKey(ref)})::text from log`;
}

/** A log as its readers see it. */
export interface LogState {
  readonly attempt: number;
  readonly id: bigint;
  readonly bytes: number;
  /** Nothing more will be written. */
  readonly complete: boolean;
}

/** The logs of a task. */
export interface TaskLogs {
  /** By attempt. */
  readonly logs: readonly LogState[];
  /** There will be no further log: the task has ended, or is gone. */
  readonly over: boolean;
}

/**
 * A log that should be complete, because its task has ended or a later attempt has a log, but is not, counts as complete
 * once it was left alone for a while: its writer is dead and has no successor.
 */
export async function findTaskLogs(db: Database, task: TaskRef): Promise<TaskLogs> {
  const rows = await db.$queryRaw<
    { over: boolean; attempt: number | null; id: bigint; bytes: bigint; complete: boolean }[]
  >`
    select t.ended is not null or t.task_id is null and r.ended is not null as over, l.attempt, l.id, l.bytes,
      l.finished is not null
        or l.modified < now() - make_interval(secs => ${ABANDONED_AFTER}::integer) and (t.ended is not null or exists (
          select from logs n where n.namespace_id = l.namespace_id and n.pipeline_id = l.pipeline_id
            and n.run_id = l.run_id and n.task_id = l.task_id and n.attempt > l.attempt
        )) as complete
    from runs r
      left join task_executions t on t.namespace_id = r.namespace_id and t.pipeline_id = r.pipeline_id
        and t.run_id = r.run_id and t.task_id = ${task.task}
      left join logs l on l.namespace_id = t.namespace_id and l.pipeline_id = t.pipeline_id and l.run_id = t.run_id
        and l.task_id = t.task_id
    where r.namespace_id = ${task.namespace} and r.pipeline_id = ${task.pipeline} and r.run_id = ${task.run}::integer
    order by l.attempt`;
  const logs = rows.flatMap(({ attempt, id, bytes, complete }) =>
    attempt === null ? [] : { attempt, id, bytes: Number(bytes), complete },
  );
  return { logs, over: rows[0]?.over ?? true };
}

/** A segment as its readers see it: its bytes, or what they are called in the object store. */
export interface LogSegment {
  readonly start: number;
  readonly length: number;
  readonly content: Uint8Array | string;
}

/** How many segments, and how many bytes of those in the database, are read at once. */
const MAX_SEGMENTS = 500;
const MAX_BYTES = 1024 * 1024;

/** The segments of a log from the one on that contains the byte at `from`, as many as are well read at once. */
export async function listSegments(db: Database, id: bigint, from: number): Promise<LogSegment[]> {
  const rows = await db.$queryRaw<{ start: bigint; length: number; data: Uint8Array | null; blob: string | null }[]>`
    with segments as (
      select start, length, blob, sum(case when blob is null then length else 0 end) over (order by start) as upto
      from log_segments
      where log_id = ${id} and start >= coalesce(
        (select max(start) from log_segments where log_id = ${id} and start <= ${from}::bigint), 0)
      order by start limit ${MAX_SEGMENTS}::integer
    )
    select s.start, s.length, s.blob, d.data
    from segments s join log_segments d on d.log_id = ${id} and d.start = s.start
    where s.upto - s.length < ${MAX_BYTES}::integer
    order by s.start`;
  return rows.map(({ start, length, data, blob }) => ({
    start: Number(start),
    length,
    content: data ?? blob ?? new Uint8Array(),
  }));
}

/** Where the last segment begins whose first entry was printed before `time`; the beginning if there is none. */
export async function findSegmentBefore(db: Database, id: bigint, time: Date): Promise<number> {
  const [row] = await db.$queryRaw<{ start: bigint | null }[]>`
    select max(start) as start from log_segments where log_id = ${id} and began < ${time}`;
  return Number(row?.start ?? 0);
}

/** Where a segment begins behind whose beginning lie more than so many line ends; the beginning if there is none. */
export async function findTailStart(db: Database, id: bigint, lines: number): Promise<number> {
  const [row] = await db.$queryRaw<{ start: bigint | null }[]>`
    select max(start) as start from (
      select start, sum(lines) over (order by start desc) as lines from log_segments where log_id = ${id}
    ) as behind where lines > ${lines}::integer`;
  return Number(row?.start ?? 0);
}

/** Removes the logs of a task and returns the names of their bytes in the object store. */
export async function deleteLogs(db: Database, task: TaskRef): Promise<string[]> {
  const rows = await db.$queryRaw<{ blobs: string[] }[]>`
    with marked as (
      update task_executions set logs_removed = true
      where namespace_id = ${task.namespace} and pipeline_id = ${task.pipeline} and run_id = ${task.run}::integer
        and task_id = ${task.task}
      returning namespace_id, pipeline_id, run_id, task_id
    ), gone as (
      delete from logs using marked m where logs.namespace_id = m.namespace_id and logs.pipeline_id = m.pipeline_id
        and logs.run_id = m.run_id and logs.task_id = m.task_id
      returning id
    )
    select coalesce(array_agg(blob::text) filter (where blob is not null), '{}') as blobs
    from gone left join log_segments on log_id = id`;
  return rows[0]?.blobs ?? [];
}

/** The names of the bytes in the object store of all logs of a namespace, or of one of its pipelines. */
export async function listLogBlobs(db: Database, namespace: string, pipeline?: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ blob: string }[]>`
    select blob::text from logs join log_segments on log_id = id
    where namespace_id = ${namespace} and pipeline_id = coalesce(${pipeline ?? null}, pipeline_id) and blob is not null`;
  return rows.map(({ blob }) => blob);
}

/** Which of the names are those of the bytes of logs; all others are rubbish as far as logs are concerned. */
export async function findLogBlobs(db: Database, blobs: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.logSegment.findMany({ where: { blob: { in: [...blobs] } }, select: { blob: true } });
  return new Set(rows.flatMap(({ blob }) => blob ?? []));
}
