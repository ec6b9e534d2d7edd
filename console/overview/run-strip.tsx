import { Link } from '@tanstack/react-router';
import type { RunSummary } from '../../sdk/wire.ts';
import { TONE_WORDS, toneOfRun } from '../ui/tones.ts';
import { exactTime, formatDuration } from '../ui/time.tsx';

const HEIGHT = 26;
const LEAST = 5;
const STEP = 8;
const SLOTS = 20;

/**
 * A bar for each run, the newest on the right: as long as the run took, in the colour of its result, and with a foot if it
 * failed, for those who see no difference in colour. With the keyboard one goes through the pipeline's own page instead.
 */
export function RunStrip({
  namespace,
  pipeline,
  runs,
}: {
  readonly namespace: string;
  readonly pipeline: string;
  readonly runs: readonly RunSummary[];
}) {
  const shown = runs.slice(0, SLOTS).toReversed();
  const longest = Math.max(1, ...shown.map(durationOf));
  return (
    <div className="strip" role="group" aria-label={summary(shown)} style={{ width: SLOTS * STEP, height: HEIGHT + 4 }}>
      {shown.map((run) => (
        <Link
          key={run.run_id}
          tabIndex={-1}
          className={`strip-bar strip-${toneOfRun(run)}`}
          style={{ height: LEAST + (HEIGHT - LEAST) * Math.sqrt(durationOf(run) / longest) }}
          to="/pipelines/$namespace/$pipeline/runs/$run"
          params={{ namespace, pipeline, run: String(run.run_id) }}
          search={{}}
          aria-label={describe(run)}
          title={`${describe(run)}\n${exactTime(run.started)}`}
        />
      ))}
    </div>
  );
}

/** In ms; a run under way has lasted until now. */
function durationOf({ started, ended, state }: RunSummary): number {
  return state === 'pending' ? 0 : Math.max(0, (ended || Date.now()) - started);
}

function describe(run: RunSummary): string {
  const duration = run.ended > 0 ? ` after ${formatDuration(durationOf(run))}` : '';
  return `#${run.run_id} ${TONE_WORDS[toneOfRun(run)]}${duration}`;
}

function summary(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'no runs yet';
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(TONE_WORDS[toneOfRun(run)], (counts.get(TONE_WORDS[toneOfRun(run)]) ?? 0) + 1);
  return `the last ${runs.length} runs: ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}`;
}
