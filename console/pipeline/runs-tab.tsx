import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Run } from '../../sdk/wire.ts';
import { RUN_STATES, SINCE } from '../routes.tsx';
import { Answer, Empty } from '../ui/basics.tsx';
import { oneOf } from '../ui/search.ts';
import { StatusBadge } from '../ui/status.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Duration, Time } from '../ui/time.tsx';
import { toneOfRun } from '../ui/tones.ts';
import { useWhenSeen } from '../ui/when-seen.ts';
import { gofer } from './command.ts';
import { DurationChart } from './duration-chart.tsx';
import { type RunFilter, runListQuery } from './queries.ts';

const ROUTE = '/pipelines/$namespace/$pipeline';
const HOUR_MS = 60 * 60 * 1000;
const SINCE_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;

/** The runs of a pipeline, the newest first, as many as the reader scrolls to. */
export function RunsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const { state, user, since } = useSearch({ from: `/shell${ROUTE}` });
  // The list keeps its beginning while it is looked at.
  const [opened] = useState(() => Date.now());
  const filter = useMemo((): RunFilter => {
    const live = state === 'pending' || state === 'running';
    return {
      ...(state !== undefined && (live ? { state } : { status: state })),
      ...(user !== undefined && { user }),
      ...(since !== undefined && { after: opened - SINCE_MS[since] }),
    };
  }, [state, user, since, opened]);
  const query = useInfiniteQuery(runListQuery(pipeline, filter));
  const seen = useWhenSeen(() => {
    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
  });
  const filtered = state !== undefined || user !== undefined || since !== undefined;
  return (
    <section aria-label="Runs">
      <Filters />
      <Answer query={query} lines={10}>
        {({ pages }) => {
          const runs = pages.flatMap((page) => page.runs);
          if (runs.length === 0) return <NoRuns pipeline={pipeline} filtered={filtered} />;
          return (
            <>
              <DurationChart runs={runs} />
              <div className="panel">
                <Table label="Runs" rows={runs} rowKey={({ run_id: id }) => id} columns={COLUMNS} />
              </div>
              <div ref={seen} className="list-end quiet" role="status">
                {query.hasNextPage ? 'Loading more …' : `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`}
              </div>
            </>
          );
        }}
      </Answer>
    </section>
  );
}

function NoRuns({ pipeline, filtered }: { readonly pipeline: PipelineRef; readonly filtered: boolean }) {
  if (filtered) return <Empty>No run is like that.</Empty>;
  return <Empty command={gofer('run start', pipeline)}>It has not run yet.</Empty>;
}

function Filters() {
  const search = useSearch({ from: `/shell${ROUTE}` });
  const navigate = useNavigate({ from: ROUTE });
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  return (
    <form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="State"
        value={search.state}
        options={RUN_STATES}
        onChange={(value) => change({ state: oneOf(RUN_STATES, value) })}
      />
      <Choice
        label="Within the last"
        value={search.since}
        options={SINCE}
        onChange={(value) => change({ since: oneOf(SINCE, value) })}
      />
      <label className="filter">
        <span>Started by</span>
        <input
          type="search"
          placeholder="anybody"
          value={search.user ?? ''}
          onChange={({ target }) => change({ user: target.value || undefined })}
        />
      </label>
    </form>
  );
}

interface ChoiceProps {
  readonly label: ReactNode;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label className="filter">
      <span>{label}</span>
      <select value={value ?? ''} onChange={({ target }) => onChange(target.value)}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

const COLUMNS: readonly Column<Run>[] = [
  {
    head: 'Run',
    cell: (run) => (
      <Link
        data-row
        className="link number"
        to="/pipelines/$namespace/$pipeline/runs/$run"
        params={{ namespace: run.namespace_id, pipeline: run.pipeline_id, run: String(run.run_id) }}
        search={{}}
      >
        #{run.run_id}
      </Link>
    ),
  },
  { head: 'State', cell: (run) => <StatusBadge tone={toneOfRun(run)} /> },
  { head: 'Started', cell: ({ started }) => <Time at={started} /> },
  { head: 'Duration', className: 'end', cell: ({ started, ended }) => <Duration from={started} to={ended} /> },
  { head: 'By', cell: ({ initiator }) => initiator.user },
  { head: 'Version', className: 'number', cell: ({ pipeline_config_version: version }) => `v${version}` },
  {
    head: 'Reason',
    className: 'reason',
    cell: ({ status_reason: reason, detail }) => reason?.description || detail?.message,
  },
];
