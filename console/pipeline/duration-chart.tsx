import { Link } from '@tanstack/react-router';
import type { Run } from '../../sdk/wire.ts';
import { formatDuration } from '../ui/time.tsx';
import { TONE_WORDS, toneOfRun } from '../ui/tones.ts';

const MOST = 100;
const HEIGHT = 88;

/** How long the newest runs that have ended took, from the oldest to the newest, and their median. */
export function DurationChart({ runs }: { readonly runs: readonly Run[] }) {
  const ended = runs
    .filter((run) => run.ended > 0)
    .slice(0, MOST)
    .toReversed();
  if (ended.length < 3) return null;
  const durations = ended.map(({ started, ended: end }) => end - started);
  const longest = Math.max(1, ...durations);
  const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)] ?? 0;
  return (
    <figure className="chart panel">
      <figcaption>
        Duration of {ended.length} runs: median {formatDuration(median)}, longest {formatDuration(longest)}
      </figcaption>
      <div className="chart-bars" style={{ height: HEIGHT }}>
        <div className="chart-median" style={{ bottom: (median / longest) * HEIGHT }} />
        {ended.map((run, index) => (
          <Link
            key={run.run_id}
            tabIndex={-1}
            className={`chart-bar chart-${toneOfRun(run)}`}
            style={{ height: Math.max(3, ((durations[index] ?? 0) / longest) * HEIGHT) }}
            to="/pipelines/$namespace/$pipeline/runs/$run"
            params={{ namespace: run.namespace_id, pipeline: run.pipeline_id, run: String(run.run_id) }}
            search={{}}
            aria-label={`#${run.run_id} ${TONE_WORDS[toneOfRun(run)]}`}
            title={`#${run.run_id} ${TONE_WORDS[toneOfRun(run)]} after ${formatDuration(durations[index] ?? 0)}`}
          />
        ))}
      </div>
    </figure>
  );
}
