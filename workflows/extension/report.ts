import { condition, setHandler } from '@temporalio/workflow';
import type { ReportedRun } from '../../core/extensions.ts';
import { reportedEndSignal } from '../messages.ts';
import { reporter } from './proxies.ts';

/** How long a report relies on being told of the end; only a signal that was lost with its sender needs this. */
const RECHECK_INTERVAL = '5 minutes';

/** Shows a run at its commit on GitHub, from its start to its end. */
export async function report(reported: ReportedRun): Promise<void> {
  let ends = 0;
  setHandler(reportedEndSignal, () => {
    ends += 1;
  });
  const check = await reporter.createCheck(reported);
  for (;;) {
    const heard = ends;
    if (check === undefined || (await reporter.completeCheck(reported, check))) return;
    await condition(() => ends > heard, RECHECK_INTERVAL);
  }
}
