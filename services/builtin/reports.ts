import { GoferError } from '../../core/errors.ts';
import type { ReportedRun } from '../../core/extensions.ts';
import { getRun } from '../../store/runs.ts';
import { noteOnSubscription } from '../../store/subscriptions.ts';
import { completeCheckRun, createCheckRun, openGithub, type CheckedRun } from './check-runs.ts';
import { readApp } from './github.ts';
import { findActive, type BuiltinDependencies } from './subscriptions.ts';

/** Shows a run at its commit on GitHub. Nothing if the subscription is gone, or GitHub says that it never will. */
export async function createReport(deps: BuiltinDependencies, reported: ReportedRun): Promise<number | undefined> {
  return withGithub(deps, reported, createCheckRun);
}

/** Shows how the run ended. Returns false if it is not over. */
export async function completeReport(
  deps: BuiltinDependencies,
  reported: ReportedRun,
  check: number,
): Promise<boolean> {
  const done = await withGithub(deps, reported, async (octokit, checked) => {
    if (checked.run.state !== 'complete') return false;
    await completeCheckRun(octokit, checked, check);
    return true;
  });
  return done ?? true;
}

async function withGithub<T>(
  deps: BuiltinDependencies,
  { subscription, run, target }: ReportedRun,
  work: (octokit: ReturnType<typeof openGithub>, checked: CheckedRun) => Promise<T>,
): Promise<T | undefined> {
  const active = await findActive(deps, subscription);
  if (!active) return undefined;
  const { namespace, pipeline } = subscription;
  try {
    const app = readApp(active.settings);
    const record = await getRun(deps.db, { namespace, pipeline, run });
    return await work(openGithub(app), { subscription, target, run: record, apiUrl: app.publicUrl });
  } catch (error) {
    // The run is gone, or the settings are not valid any more: there is nothing to try again.
    if (!(error instanceof GoferError)) throw error;
    await noteOnSubscription(deps.db, subscription, { reason: 'failed', description: error.message });
    return undefined;
  }
}
