import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Run } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { type Tone, toneOfRun } from '../ui/tones.ts';
import { Duration, Time } from '../ui/time.tsx';
import { RunActions } from './run-actions.tsx';

/** What run this is, how it does, and what can be done with it. */
export function RunHead({ run }: { readonly run: Run }) {
  const { namespace_id: namespace, pipeline_id: pipeline, run_id, pipeline_config_version: version } = run;
  const tone = toneOfRun(run);
  return (
    <header className="head">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/" search={{ q: namespace }}>
          {namespace}
        </Link>
        <span aria-hidden="true">/</span>
        <Link to="/pipelines/$namespace/$pipeline" params={{ namespace, pipeline }} search={{}}>
          {pipeline}
        </Link>
      </nav>
      <div className="head-line">
        <h1>
          Run <span className="number">#{run_id}</span>
        </h1>
        <StatusBadge tone={tone} />
        <div className="head-actions">
          <RunActions run={run} />
        </div>
      </div>
      <dl className="head-facts">
        <div>
          <dt>Duration</dt>
          <dd>
            <Duration from={run.started} to={run.ended} />
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={run.started} />
          </dd>
        </div>
        <div>
          <dt>By</dt>
          <dd>{run.initiator.user}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>
            <Link
              className="link"
              to="/pipelines/$namespace/$pipeline"
              params={{ namespace, pipeline }}
              search={{ tab: 'versions', new: version }}
            >
              v{version}
            </Link>
          </dd>
        </div>
        <Original run={run} />
        <TemporalLink run={run} />
      </dl>
      <Variables run={run} />
      <Reason run={run} tone={tone} />
    </header>
  );
}

/** The run that this one repeats. */
function Original({ run }: { readonly run: Run }) {
  const { rerun_of: original, reuse } = run.detail ?? {};
  if (original === undefined) return null;
  return (
    <div>
      <dt>{reuse ? 'Goes on from' : 'Repeats'}</dt>
      <dd>
        <RunLink name={`${run.namespace_id}/${run.pipeline_id}/${original}`} />
      </dd>
    </div>
  );
}

/** Where Temporal's own pages show the workflow, if the server knows them. */
function TemporalLink({ run }: { readonly run: Run }) {
  const { data: session } = useQuery(sessionQuery);
  const workflow = run.detail?.workflow_id;
  if (!session?.temporal || workflow === undefined) return null;
  const { ui_url: ui, namespace } = session.temporal;
  return (
    <div>
      <dt>Workflow</dt>
      <dd>
        <a
          className="link"
          href={`${ui}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflow)}`}
          target="_blank"
          rel="noreferrer"
        >
          in Temporal <Icon name="external" />
        </a>
      </dd>
    </div>
  );
}

function Variables({ run }: { readonly run: Run }) {
  if (run.variables.length === 0) return null;
  return (
    <ul className="variables" aria-label="Variables of the run">
      {run.variables.map(({ key, value }) => (
        <li key={key}>
          <code>
            {key}={value}
          </code>
        </li>
      ))}
    </ul>
  );
}

const NOTES: Partial<Record<Tone, string>> = { bad: 'note note-bad', wait: 'note note-wait', stop: 'note note-stop' };

/** Why it waits, or why it ended as it did. */
function Reason({ run, tone }: { readonly run: Run; readonly tone: Tone }) {
  const text = run.status_reason?.description || run.detail?.message;
  const by = run.detail?.cancelled_by;
  const holders = run.detail?.waiting?.held_by ?? [];
  if (!text && by === undefined) return null;
  return (
    <div className={NOTES[tone] ?? 'note'}>
      <p className="note-text">
        {text}
        {by !== undefined && tone === 'stop' && !text?.includes(by) && ` (by ${by})`}
      </p>
      {holders.length > 0 && (
        <p className="quiet">
          Before it:{' '}
          {holders.map((holder) => (
            <RunLink key={holder} name={holder} />
          ))}
        </p>
      )}
    </div>
  );
}

/** @param name as `namespace/pipeline/run` */
function RunLink({ name }: { readonly name: string }) {
  const [namespace = '', pipeline = '', run = ''] = name.split('/');
  return (
    <Link
      className="link run-link"
      to="/pipelines/$namespace/$pipeline/runs/$run"
      params={{ namespace, pipeline, run }}
      search={{}}
    >
      {pipeline} #{run}
    </Link>
  );
}
