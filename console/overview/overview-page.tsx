import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, type KeyboardEvent } from 'react';
import type { PipelineActivity } from '../../sdk/wire.ts';
import { pipelineActivityQuery, runActivityQuery, scheduledStartsQuery } from '../data/queries.ts';
import { may, sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, Empty, Panel } from '../ui/basics.tsx';
import { moveAmongRows } from '../ui/keyboard.ts';
import { useTitle } from '../ui/title.ts';
import { PipelineRow } from './pipeline-row.tsx';
import { RunList } from './run-list.tsx';
import { StartList } from './start-list.tsx';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What runs, what waits and why, what failed, what comes next, and all pipelines. */
export function OverviewPage() {
  useTitle('Overview');
  return (
    <div className="page" onKeyDown={moveAmongRows} role="presentation">
      <h1 className="visually-hidden">Overview</h1>
      <Now />
      <Pipelines />
    </div>
  );
}

function Now() {
  const query = useQuery(runActivityQuery);
  const { data: session } = useQuery(sessionQuery);
  return (
    <div className="now">
      <Panel title="Running" aside={<Count of={query.data?.running} />}>
        <Answer query={query} lines={3}>
          {({ running }) => <RunList runs={running} show="running" empty="Nothing runs at the moment." />}
        </Answer>
      </Panel>
      <Panel title="Waiting" aside={<Count of={query.data?.waiting} />}>
        <Answer query={query} lines={3}>
          {({ waiting }) => <RunList runs={waiting} show="reason" empty="Nothing waits for its turn." />}
        </Answer>
      </Panel>
      <Panel title="Failed in the last day" aside={<Count of={query.data?.failed} />}>
        <Answer query={query} lines={3}>
          {({ failed }) => (
            <RunList
              runs={failed.filter(({ ended }) => ended > Date.now() - DAY_MS)}
              show="reason"
              empty="Nothing failed."
            />
          )}
        </Answer>
      </Panel>
      {may(session, 'read', { name: 'namespaces' }, { name: 'pipelines' }, { name: 'subscriptions' }) && <Next />}
    </div>
  );
}

function Next() {
  const query = useQuery(scheduledStartsQuery);
  return (
    <Panel title="Next">
      <Answer query={query} lines={3}>
        {({ starts }) => <StartList starts={starts} />}
      </Answer>
    </Panel>
  );
}

function Count({ of }: { readonly of: readonly unknown[] | undefined }) {
  return of && of.length > 0 ? <span className="count">{of.length}</span> : null;
}

function Pipelines() {
  const { q = '' } = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const search = useDeferredValue(q);
  const query = useInfiniteQuery(pipelineActivityQuery(search));
  const change = (value: string) => void navigate({ search: { q: value || undefined }, replace: true });
  const openFirst = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Enter') document.querySelector<HTMLElement>('.pipelines [data-row]')?.click();
    if (event.key === 'Escape') change('');
  };
  return (
    <section className="pipelines" aria-label="Pipelines">
      <div className="pipelines-head">
        <label className="search">
          <Icon name="search" />
          <input
            id="pipeline-search"
            type="search"
            placeholder="Search pipelines"
            aria-label="Search pipelines"
            value={q}
            onChange={(event) => change(event.target.value)}
            onKeyDown={openFirst}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      <Answer query={query} lines={8}>
        {({ pages }) => {
          const pipelines = pages.flatMap((page) => page.pipelines);
          if (pipelines.length === 0) return <NoPipelines search={search} />;
          return byNamespace(pipelines).map(([namespace, members]) => (
            <Namespace key={namespace} id={namespace} pipelines={members} />
          ));
        }}
      </Answer>
      {query.hasNextPage && (
        <button
          type="button"
          className="button more"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {query.isFetchingNextPage ? 'Loading …' : 'More pipelines'}
        </button>
      )}
    </section>
  );
}

function NoPipelines({ search }: { readonly search: string }) {
  if (search !== '') return <Empty>No pipeline has “{search}” in its name.</Empty>;
  return (
    <Empty command="gofer up pipeline.ts --run">
      There are no pipelines yet. Describe one in a program, and register it:
    </Empty>
  );
}

function Namespace({ id, pipelines }: { readonly id: string; readonly pipelines: readonly PipelineActivity[] }) {
  return (
    <section className="namespace" aria-label={`Namespace ${id}`}>
      <h2 className="namespace-name">{id}</h2>
      <ul className="rows">
        {pipelines.map((pipeline) => (
          <li key={pipeline.pipeline_id}>
            <PipelineRow pipeline={pipeline} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function byNamespace(pipelines: readonly PipelineActivity[]): [string, PipelineActivity[]][] {
  const groups = new Map<string, PipelineActivity[]>();
  for (const pipeline of pipelines) {
    groups.set(pipeline.namespace_id, [...(groups.get(pipeline.namespace_id) ?? []), pipeline]);
  }
  return [...groups];
}
