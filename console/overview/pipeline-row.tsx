import { Link } from '@tanstack/react-router';
import type { PipelineActivity } from '../../sdk/wire.ts';
import { StatusIcon } from '../ui/status.tsx';
import { toneOfRun } from '../ui/tones.ts';
import { formatDuration, Time } from '../ui/time.tsx';
import { RunStrip } from './run-strip.tsx';

/** A pipeline, how its newest run does, and a strip of the runs before. */
export function PipelineRow({ pipeline }: { readonly pipeline: PipelineActivity }) {
  const { namespace_id: namespace, pipeline_id: id, name, state, runs } = pipeline;
  const [newest] = runs;
  return (
    <div className={state === 'disabled' ? 'pipeline-row pipeline-row-off' : 'pipeline-row'}>
      <Link
        data-row
        className="row pipeline-link"
        to="/pipelines/$namespace/$pipeline"
        params={{ namespace, pipeline: id }}
        search={{}}
      >
        {newest ? <StatusIcon tone={toneOfRun(newest)} /> : <span className="icon" />}
        <span className="pipeline-name">
          <span>{id}</span>
          {name !== '' && name !== id && <span className="quiet pipeline-title">{name}</span>}
          {state === 'disabled' && <span className="tag">disabled</span>}
        </span>
      </Link>
      <RunStrip namespace={namespace} pipeline={id} runs={runs} />
      <span className="pipeline-typical quiet number" title="Median duration of these runs">
        {typicalDuration(pipeline)}
      </span>
      <span className="pipeline-last quiet">{newest ? <Time at={newest.started} /> : 'no runs yet'}</span>
    </div>
  );
}

function typicalDuration({ runs }: PipelineActivity): string {
  const durations = runs.filter(({ ended }) => ended > 0).map(({ started, ended }) => ended - started);
  const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)];
  return median === undefined ? '' : formatDuration(median);
}
