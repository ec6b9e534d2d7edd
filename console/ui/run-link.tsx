import { Link } from '@tanstack/react-router';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { RunSummary } from '../../sdk/wire.ts';
import { StatusIcon } from './status.tsx';
import { Time } from './time.tsx';
import { toneOfRun } from './tones.ts';

/** A run of a pipeline: how it did, its number, and when that was. */
export function RunLink({ pipeline, run }: { readonly pipeline: PipelineRef; readonly run: RunSummary }) {
  return (
    <span className="run-link">
      <StatusIcon tone={toneOfRun(run)} />
      <Link
        className="link number"
        to="/pipelines/$namespace/$pipeline/runs/$run"
        params={{ ...pipeline, run: String(run.run_id) }}
        search={{}}
      >
        #{run.run_id}
      </Link>
      <span className="quiet">
        <Time at={run.ended || run.started} />
      </span>
    </span>
  );
}
