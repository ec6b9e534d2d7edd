import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { RunRef, TaskRef } from '../../core/ids.ts';
import { runQuery, tasksQuery } from '../data/queries.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, Empty } from '../ui/basics.tsx';
import { StatusBadge, StatusIcon } from '../ui/status.tsx';
import { toneOfRun, toneOfTask } from '../ui/tones.ts';
import { useTitle } from '../ui/title.ts';
import { moveAmongRows } from '../ui/keyboard.ts';
import type { TaskExecution } from '../../sdk/wire.ts';
import { mergedLog } from './merged-log.ts';
import { taskLog } from './task-log.ts';
import { LogView } from './log-view.tsx';

const ROUTE = '/pipelines/$namespace/$pipeline/runs/$run/logs';

/** Instead of a task, for the logs of all. */
const ALL = '*';

/** The logs of a run, of one task or of all. */
export function LogsPage() {
  const { namespace, pipeline, run } = useParams({ from: `/shell${ROUTE}` });
  const { task, line } = useSearch({ from: `/shell${ROUTE}` });
  const navigate = useNavigate({ from: ROUTE });
  const ref = { namespace, pipeline, run: Number(run) };
  useTitle(...(task === undefined || task === ALL ? [] : [task]), `Log of #${run}`, pipeline);
  const query = useQuery(tasksQuery(ref));
  const { data } = useQuery(runQuery(ref));
  return (
    <div className="page logs-page">
      <header className="head">
        <nav className="crumbs" aria-label="Where this is">
          <Link to="/pipelines/$namespace/$pipeline" params={{ namespace, pipeline }} search={{}}>
            {pipeline}
          </Link>
          <span aria-hidden="true">/</span>
          <Link
            to="/pipelines/$namespace/$pipeline/runs/$run"
            params={{ namespace, pipeline, run }}
            search={task === undefined || task === ALL ? {} : { task }}
          >
            Run #{run}
          </Link>
        </nav>
        <div className="head-line">
          <h1>Logs</h1>
          {data && <StatusBadge tone={toneOfRun(data.run)} />}
        </div>
      </header>
      <Answer query={query}>
        {({ task_executions: executions }) => {
          const started = executions.filter((execution) => execution.started > 0).map(({ task_id: id }) => id);
          const shown =
            task === ALL
              ? ALL
              : (executions.find(({ task_id: id }) => id === task) ?? mostInteresting(executions))?.task_id;
          if (shown === undefined) return <Empty>There is no task that could have printed something yet.</Empty>;
          const showLine = (number: number) =>
            void navigate({ search: { task: shown, line: number }, replace: true, resetScroll: false });
          return (
            <div className="logs-body">
              <TaskList executions={executions} shown={shown} />
              {shown === ALL ? (
                <MergedLog {...ref} started={started} unfinished={data?.run.state !== 'complete'} />
              ) : (
                <TaskLog key={shown} {...ref} task={shown} line={line} onLine={showLine} />
              )}
            </div>
          );
        }}
      </Answer>
    </div>
  );
}

interface TaskLogProps extends TaskRef {
  readonly line: number | undefined;
  readonly onLine: (line: number) => void;
}

function TaskLog({ namespace, pipeline, run, task, line, onLine }: TaskLogProps) {
  const source = useMemo(() => taskLog({ namespace, pipeline, run, task }), [namespace, pipeline, run, task]);
  return <LogView source={source} line={line} onLine={onLine} />;
}

interface MergedLogProps extends RunRef {
  readonly started: readonly string[];
  readonly unfinished: boolean;
}

/** Of tasks that start later it hears by itself. */
function MergedLog({ namespace, pipeline, run, started, unfinished }: MergedLogProps) {
  const [source] = useState(() => mergedLog({ namespace, pipeline, run }, started));
  return <LogView source={source} unfinished={unfinished} />;
}

/** What a reader most likely wants to see: a failure, or what runs. */
function mostInteresting(executions: readonly TaskExecution[]): TaskExecution | undefined {
  const started = executions.filter((execution) => execution.started > 0);
  return (
    started.find(({ status }) => status === 'failed') ?? started.find(({ state }) => state === 'running') ?? started[0]
  );
}

function TaskList({ executions, shown }: { readonly executions: readonly TaskExecution[]; readonly shown: string }) {
  return (
    <nav className="logs-tasks" aria-label="Tasks" onKeyDown={moveAmongRows}>
      <ul>
        <li>
          <Link
            data-row
            from={ROUTE}
            search={{ task: ALL }}
            replace
            className={shown === ALL ? 'logs-task logs-task-here' : 'logs-task'}
            aria-current={shown === ALL ? 'true' : undefined}
          >
            <Icon name="overview" />
            <span>All tasks, merged</span>
          </Link>
        </li>
        {executions.map((execution) => (
          <li key={execution.task_id}>
            <Link
              data-row
              from={ROUTE}
              search={{ task: execution.task_id }}
              replace
              className={execution.task_id === shown ? 'logs-task logs-task-here' : 'logs-task'}
              aria-current={execution.task_id === shown ? 'true' : undefined}
            >
              <StatusIcon tone={toneOfTask(execution)} />
              <span>{execution.task_id}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
