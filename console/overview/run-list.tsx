import { Link } from '@tanstack/react-router';
import type { Run } from '../../sdk/wire.ts';
import { StatusIcon } from '../ui/status.tsx';
import { toneOfRun } from '../ui/tones.ts';
import { Duration, Time } from '../ui/time.tsx';

/** So many lines a list has at most. */
export const SHOWN = 6;

/** Runs of any pipelines, a line each, with how long they run or why they are where they are. */
export function RunList({
  runs,
  show,
  empty,
}: {
  readonly runs: readonly Run[];
  readonly show: 'running' | 'reason';
  readonly empty: string;
}) {
  if (runs.length === 0) return <p className="quiet panel-empty">{empty}</p>;
  return (
    <>
      <ul className="rows">
        {runs.slice(0, SHOWN).map((run) => (
          <li key={`${run.namespace_id}/${run.pipeline_id}/${run.run_id}`}>
            <RunLine run={run} show={show} />
          </li>
        ))}
      </ul>
      {runs.length > SHOWN && <p className="quiet panel-more">and {runs.length - SHOWN} more</p>}
    </>
  );
}

function RunLine({ run, show }: { readonly run: Run; readonly show: 'running' | 'reason' }) {
  const { namespace_id: namespace, pipeline_id: pipeline, run_id } = run;
  const reason = run.status_reason?.description || run.detail?.message;
  return (
    <Link
      data-row
      className="row run-line"
      to="/pipelines/$namespace/$pipeline/runs/$run"
      params={{ namespace, pipeline, run: String(run_id) }}
      search={{}}
    >
      <StatusIcon tone={toneOfRun(run)} />
      <span className="run-line-name">
        {namespace !== 'default' && <span className="quiet">{namespace}/</span>}
        {pipeline} <span className="number quiet">#{run_id}</span>
      </span>
      <span className="run-line-time quiet">
        {run.ended === 0 ? <Duration from={run.started} to={0} /> : <Time at={run.ended} />}
      </span>
      {show === 'reason' && reason && <span className="run-line-reason">{reason}</span>}
    </Link>
  );
}
