import type { LogStore } from '../backends/logs/contract.ts';
import type { ObjectStore } from '../backends/objects/contract.ts';
import type { ContainerSummary, Scheduler } from '../backends/scheduler/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import { encodeGraph, keptTasks, remainingGraph, type GraphTask } from '../core/graph.ts';
import type { RunRef } from '../core/ids.ts';
import { runOutcome, type TaskEnd } from '../core/outcomes.ts';
import { RunStatus, TaskStatus, type RunOutcome, type TaskOutcome } from '../core/states.ts';
import { mergeVariables, systemVariables } from '../core/variables.ts';
import type { PrismaClient, Run as RunRow } from '../generated/prisma/client.ts';
import type { Task, Variable } from '../sdk/wire.ts';
import { inheritObjects } from '../services/objects.ts';
import { revokeRunToken } from '../services/run-tokens.ts';
import type { RunWorkflows } from '../services/run-workflows.ts';
import { admitRun, nextInLine } from '../store/admission.ts';
import { fromJson, type Database } from '../store/client.ts';
import type { ConfigCache } from '../store/config-cache.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { findRunStop, findRunWithConfig, markRunComplete, markStopped } from '../store/runs.ts';
import { findCancellations, findSupervisedTask, markTasksComplete, whichAreKept } from '../store/supervised-tasks.ts';
import { createTaskExecutions, listTaskEnds, type Kept } from '../store/task-executions.ts';
import type { BegunRun, RunActivities } from './contract.ts';
import { attemptOf, ofTasks, runLabels } from './labels.ts';
import { openMaskedLog } from './masked-log.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Preparations } from './preparations.ts';
import type { Settlements } from './settlements.ts';

export interface RecordDependencies {
  readonly db: PrismaClient;
  readonly configs: ConfigCache;
  readonly scheduler: Scheduler;
  readonly logs: LogStore;
  readonly objects: ObjectStore;
  readonly workflows: RunWorkflows;
  readonly preparations: Preparations;
  readonly settlements: Settlements;
  readonly limits: RunLimits;
  readonly metrics: EngineMetrics;
  /** See `getInstance`. */
  readonly instance: string;
  /** Where the API is for containers. */
  readonly apiUrl: string;
}

/** How long the engine may take to tell how a container ended, in milliseconds. */
const EXIT_LIMIT_MS = 30_000;

/** How many older runs a run may have admitted with it, and how many tasks they may have in all. */
const MAX_OLDER = 50;
const MAX_TASKS_TOGETHER = 1_000;

/** The activities that keep the records of a run. */
export function createRecordActivities(deps: RecordDependencies): Omit<RunActivities, 'superviseTask'> {
  return {
    beginRun: (ref) => beginRun(deps, ref),
    completeTasks: (ref, ends) => completeTasks(deps, ref, ends),
    completeRun: (ref) => completeRun(deps, ref),
    stopRun: (ref, why) => markStopped(deps.db, ref, why),
    async readGraph(ref) {
      const { config } = await readRun(deps, ref);
      return encodeGraph(remainingGraph(toGraph([...config.tasks.values()], await readEnds(deps.db, ref))));
    },
  };
}

async function beginRun(deps: RecordDependencies, ref: RunRef): Promise<BegunRun> {
  const { db, limits, workflows } = deps;
  const plan = await planRun(deps, ref).catch(unlessMissing);
  if (!plan) return { admitted: false, cancelRequested: true };
  const whenAdmitted = async (tx: Database, admitted: RunRef) =>
    createTasks(deps, tx, admitted, admitted.run === ref.run ? plan : await planRun(deps, admitted, tx));
  // Nobody is to wait long for the transaction that creates all their tasks.
  const maxOlder = Math.min(MAX_OLDER, Math.floor(MAX_TASKS_TOGETHER / plan.tasks.length));
  const admission = await admitRun(db, ref, limits, whenAdmitted, maxOlder);
  if (!admission.admitted) {
    for (const older of admission.makeRoom) await workflows.cancelRun(older);
    return { admitted: false, cancelRequested: admission.cancelRequested };
  }
  const { tasks, kept, timeout } = plan;
  if (kept.ends.size > 0) await inheritObjects(deps, ref, { ...ref, run: kept.from });
  // With two places free the next one must not wait until the first of them is taken and left again.
  if (admission.next) await workflows.callForAdmission(admission.next);
  return {
    admitted: true,
    graph: encodeGraph(remainingGraph(toGraph(tasks, kept.ends))),
    ...(timeout !== undefined && { deadline: admission.began.getTime() + timeout * 1000 }),
  };
}

/** What a run is going to do. */
interface RunPlan {
  readonly run: RunRow;
  readonly tasks: readonly Task[];
  readonly kept: Kept;
  /** Seconds that it may take. */
  readonly timeout: number | undefined;
}

async function planRun(deps: RecordDependencies, ref: RunRef, db: Database = deps.db): Promise<RunPlan> {
  const { run, config } = await readRun({ ...deps, db }, ref);
  const tasks = [...config.tasks.values()];
  return { run, tasks, kept: await findKept(db, run, tasks), timeout: config.timeout };
}

async function createTasks(deps: RecordDependencies, tx: Database, ref: RunRef, plan: RunPlan): Promise<void> {
  const { run, tasks, kept } = plan;
  await createTaskExecutions(tx, ref, newTaskExecutions(ref, run, tasks, deps.apiUrl), kept);
  deps.metrics.runAdmitted((Date.now() - run.started.getTime()) / 1000);
}

/** What a run need not do again of the one that it repeats. */
async function findKept(db: Database, { reuse, rerunOf, ...run }: RunRow, tasks: readonly Task[]): Promise<Kept> {
  if (!reuse || rerunOf === null) return { from: 0, ends: new Map() };
  const ref = { namespace: run.namespaceId, pipeline: run.pipelineId, run: rerunOf };
  const ends = await readEnds(db, ref);
  const kept = keptTasks(toGraph(tasks, ends));
  return { from: rerunOf, ends: new Map([...ends].filter(([task]) => kept.has(task))) };
}

async function readEnds(db: Database, ref: RunRef): Promise<ReadonlyMap<string, TaskStatus>> {
  return new Map((await listTaskEnds(db, ref)).map(({ task, outcome }) => [task, outcome.status]));
}

async function completeTasks(deps: RecordDependencies, ref: RunRef, ends: readonly TaskEnd[]): Promise<void> {
  const { db, preparations } = deps;
  // The word that a run is to stop may come later than the end of a task that had heard of it.
  const mayBeStopped = ends.filter(({ outcome, skip }) =>
    [outcome.status, skip?.parentStatus].includes(TaskStatus.Cancelled),
  );
  const tasks = mayBeStopped.map(({ task }) => task);
  const cancellations = tasks.length > 0 ? await findCancellations(db, ref, tasks) : new Map<string, TaskOutcome>();
  const records = ends.map(({ task, outcome, skip }) => {
    const cancellation = cancellations.get(task);
    if (cancellation) return { ...ref, task, outcome: cancellation };
    return {
      ...ref,
      task,
      outcome,
      ...(skip && {
        skippedBecause: { parent: skip.parent, required: skip.required, parent_status: skip.parentStatus },
      }),
    };
  });
  await markTasksComplete(db, records);
  await Promise.all(ends.map(({ task }) => preparations.discard({ ...ref, task })));
}

async function completeRun(deps: RecordDependencies, ref: RunRef): Promise<RunOutcome> {
  const { db, scheduler, instance, preparations, settlements } = deps;
  await settlements.settled(ref);
  await preparations.discardAll(ref);
  const leftovers = await scheduler.listContainers(runLabels(instance, ref));
  const kept = await whichAreKept(deps.db, ofTasks(leftovers));
  await Promise.all(leftovers.map((container) => settle(deps, container, kept.has(container.id))));
  const [found, taskEnds] = await Promise.all([readRun(deps, ref).catch(unlessMissing), listTaskEnds(db, ref)]);
  if (!found) return { status: RunStatus.Cancelled, description: 'the run was deleted' };
  const { run, config } = found;
  if (run.tokenId !== null) await revokeRunToken(db, ref);
  const ends = taskEnds.map((end) => ({
    ...end,
    allowFailure: config.tasks.get(end.task)?.allow_failure ?? false,
  }));
  const outcome = runOutcome(ends, findRunStop(run, config.timeout));
  await markRunComplete(db, ref, outcome);
  await callNext(deps, ref);
  return outcome;
}

async function readRun({ db, configs }: { readonly db: Database; readonly configs: ConfigCache }, ref: RunRef) {
  const { run, registered } = await findRunWithConfig(db, ref);
  return { run, config: await configs.get(ref, run.version, registered) };
}

/** Tells the runs that may be next to ask for admission again. */
async function callNext({ db, limits, workflows }: RecordDependencies, ref: RunRef): Promise<void> {
  for (const next of await nextInLine(db, ref, limits)) await workflows.callForAdmission(next);
}

/** Nothing for a run whose pipeline was deleted; everything else is for a retry. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof GoferError && error.kind === ErrorKind.NotFound) return undefined;
  throw error;
}

/** Gets what is left of the log of a container whose supervisor is no more, and removes it unless it is to be kept. */
async function settle(deps: RecordDependencies, container: ContainerSummary, keep: boolean): Promise<void> {
  const { db, configs, scheduler } = deps;
  const attempt = attemptOf(container.labels);
  if (attempt && container.state !== 'created') {
    if (container.state !== 'exited') await scheduler.stopContainer(container.id, 0);
    const exit = await scheduler.waitForExit(container.id, AbortSignal.timeout(EXIT_LIMIT_MS));
    const task = await findSupervisedTask(db, configs, attempt).catch(unlessMissing);
    const startPump = task && (await openMaskedLog(deps, attempt, task.variables, container));
    await startPump?.().drain(exit);
  }
  if (!keep) await scheduler.removeContainer(container.id);
}

function newTaskExecutions(ref: RunRef, run: RunRow, tasks: readonly Task[], apiUrl: string) {
  const ofRun = fromJson<Variable[]>(run.variables);
  return tasks.map((task) => ({
    task: task.id,
    variables: mergeVariables(systemVariables(ref, task, apiUrl), task.variables, ofRun),
  }));
}

function toGraph(tasks: readonly Task[], ends: ReadonlyMap<string, TaskStatus>): GraphTask[] {
  return tasks.map(({ id, depends_on: dependsOn }) => {
    const ended = ends.get(id);
    return { id, dependsOn, ...(ended && { ended }) };
  });
}
