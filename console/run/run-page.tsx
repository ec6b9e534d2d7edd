import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useDeferredValue } from 'react';
import type { RunRef } from '../../core/ids.ts';
import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { runQuery, tasksQuery } from '../data/queries.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, Empty, Loading, Panel } from '../ui/basics.tsx';
import { useTitle } from '../ui/title.ts';
import { RunHead } from './run-head.tsx';
import { TaskPanel } from './task-panel.tsx';
import { Timeline } from './timeline.tsx';
import '../styles/run.css';

const GraphView = lazy(() => import('./graph-view.tsx').then(({ GraphView: component }) => ({ default: component })));

/** A run: what it does, its graph, its timeline, and the task that is looked at. */
export function RunPage() {
  const { namespace, pipeline, run } = useParams({ from: '/shell/pipelines/$namespace/$pipeline/runs/$run' });
  const ref: RunRef = { namespace, pipeline, run: Number(run) };
  useTitle(`#${run}`, pipeline);
  const query = useQuery(runQuery(ref));
  return (
    <div className="page run-page">
      <Answer query={query} lines={6}>
        {(data) => (
          <>
            <RunHead run={data.run} />
            <Tasks reference={ref} run={data.run} />
          </>
        )}
      </Answer>
    </div>
  );
}

function Tasks({ reference, run }: { readonly reference: RunRef; readonly run: Run }) {
  const query = useQuery(tasksQuery(reference));
  return (
    <Answer query={query} lines={10}>
      {({ task_executions: executions }) =>
        executions.length === 0 ? <NoTasks run={run} /> : <Work run={run} executions={executions} />
      }
    </Answer>
  );
}

function NoTasks({ run }: { readonly run: Run }) {
  return (
    <Empty>
      {run.state === 'pending' ? 'Its tasks come when the run begins.' : 'The run ended before any task was created.'}
    </Empty>
  );
}

function Work({ run, executions }: { readonly run: Run; readonly executions: readonly TaskExecution[] }) {
  const search = useSearch({ from: '/shell/pipelines/$namespace/$pipeline/runs/$run' });
  const navigate = useNavigate({ from: '/pipelines/$namespace/$pipeline/runs/$run' });
  const wanted = useDeferredValue(search.q ?? '');
  const select = useCallback(
    (task: string | undefined) =>
      void navigate({ search: (old) => ({ ...old, task }), replace: true, resetScroll: false }),
    [navigate],
  );
  const execution = executions.find(({ task_id }) => task_id === search.task);
  return (
    <div className={execution ? 'work work-split' : 'work'}>
      <div className="work-main">
        <Panel
          title={`Graph of ${executions.length} ${executions.length === 1 ? 'task' : 'tasks'}`}
          aside={
            <label className="search search-small">
              <Icon name="search" />
              <input
                type="search"
                placeholder="Find a task"
                aria-label="Find a task"
                value={search.q ?? ''}
                onChange={({ target }) =>
                  void navigate({
                    search: (old) => ({ ...old, q: target.value || undefined }),
                    replace: true,
                    resetScroll: false,
                  })
                }
              />
            </label>
          }
        >
          <Suspense fallback={<Loading />}>
            <GraphView executions={executions} selected={search.task} search={wanted} onSelect={select} />
          </Suspense>
        </Panel>
        <Panel title="Timeline" aside={<Legend />}>
          <Timeline run={run} executions={executions} selected={search.task} search={wanted} onSelect={select} />
        </Panel>
      </div>
      {execution && <TaskPanel key={execution.task_id} execution={execution} onClose={() => select(undefined)} />}
    </div>
  );
}

function Legend() {
  return (
    <ul className="legend quiet" aria-label="Colours">
      {Object.entries(LEGEND).map(([word, className]) => (
        <li key={word}>
          <span className={`legend-mark ${className}`} />
          {word}
        </li>
      ))}
    </ul>
  );
}

const LEGEND: Readonly<Record<string, string>> = {
  queue: 'span-queue',
  pull: 'span-pull',
  start: 'span-start',
  run: 'span-run',
  successful: 'span-run ended-ok',
  failed: 'span-run ended-bad',
  'clean-up': 'span-clean',
};
