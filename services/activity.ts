import { isAdmin } from '../core/permissions.ts';
import type { ListRunActivityResponse, PipelineActivity, Run, ScheduledStart } from '../sdk/wire.ts';
import { type ActivityPage, listFailedRuns, listPipelineActivity, listRunsInState } from '../store/activity.ts';
import { withWaiting } from '../store/admission.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { listScheduledStarts } from '../store/ticks.ts';
import type { Database } from '../store/client.ts';
import { partsVisibleTo } from './access.ts';
import type { Caller } from './tokens.ts';

/** So many runs or starts are looked at for those that a caller may see who may not see all. */
const MOST = 2_000;

/** The pipelines that a caller may see, each with its newest runs. */
export async function pipelineActivity(db: Database, caller: Caller, page: ActivityPage): Promise<PipelineActivity[]> {
  const visible = await partsVisibleTo(db, caller, 'runs');
  const found: PipelineActivity[] = [];
  for (let behind = page.behind; ;) {
    const batch = await listPipelineActivity(db, { ...page, ...(behind && { behind }) });
    found.push(...batch.filter((it) => visible({ namespace: it.namespace_id, pipeline: it.pipeline_id })));
    const last = batch.at(-1);
    if (!last || batch.length < page.limit || found.length >= page.limit) return found.slice(0, page.limit);
    behind = { namespace: last.namespace_id, pipeline: last.pipeline_id };
  }
}

/** What is under way, what waits and for what, and what failed lately, in all pipelines that a caller may see. */
export async function runActivity(
  db: Database,
  caller: Caller,
  limits: RunLimits,
  page: { readonly limit: number; readonly failedAfter: Date },
): Promise<ListRunActivityResponse> {
  const visible = await partsVisibleTo(db, caller, 'runs');
  const shown = (runs: readonly Run[]) =>
    runs.filter((run) => visible({ namespace: run.namespace_id, pipeline: run.pipeline_id })).slice(0, page.limit);
  const most = isAdmin(caller.roles) ? page.limit : MOST;
  const [running, pending, failed] = await Promise.all([
    listRunsInState(db, 'running', most),
    listRunsInState(db, 'pending', most),
    listFailedRuns(db, page.failedAfter, most),
  ]);
  const waiting = await Promise.all(shown(pending).map((run) => withReason(db, run, limits)));
  return { running: shown(running), waiting, failed: shown(failed) };
}

async function withReason(db: Database, run: Run, limits: RunLimits): Promise<Run> {
  const ref = { namespace: run.namespace_id, pipeline: run.pipeline_id };
  const [explained = run] = await withWaiting(db, ref, [run], limits);
  return explained;
}

/** Which subscriptions start runs next, of all pipelines whose subscriptions a caller may see. */
export async function scheduledStarts(db: Database, caller: Caller, limit: number): Promise<ScheduledStart[]> {
  const visible = await partsVisibleTo(db, caller, 'subscriptions');
  const starts = await listScheduledStarts(db, isAdmin(caller.roles) ? limit : MOST);
  return starts.filter((it) => visible({ namespace: it.namespace_id, pipeline: it.pipeline_id })).slice(0, limit);
}
