import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import type { TaskExecution } from '../../sdk/wire.ts';
import { tasks } from '../data/client.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import { taskLog } from '../logs/task-log.ts';
import { Icon } from '../shell/icons.tsx';
import { ConfirmButton, Copyable, Fact, Loading } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { toneOfTask } from '../ui/tones.ts';
import { Duration, Time } from '../ui/time.tsx';
import { tell, tellError } from '../ui/toast.tsx';

const LogView = lazy(() => import('../logs/log-view.tsx').then(({ LogView: component }) => ({ default: component })));

/** So many seconds a container gets to stop by itself. */
const GRACE_SECONDS = 10;

/** All about one task of a run. */
export function TaskPanel({ execution, onClose }: { readonly execution: TaskExecution; readonly onClose: () => void }) {
  const { namespace_id: namespace, pipeline_id: pipeline, run_id: run, task_id: task } = execution;
  const tone = toneOfTask(execution);
  const source = useMemo(() => taskLog({ namespace, pipeline, run, task }), [namespace, pipeline, run, task]);
  const reason = execution.status_reason?.description || execution.detail?.message;
  return (
    <aside className="task-panel panel" aria-label={`Task ${task}`}>
      <header className="panel-head">
        <h2>{task}</h2>
        <StatusBadge tone={tone} />
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="task-body">
        {execution.task.description !== '' && <p className="quiet">{execution.task.description}</p>}
        {reason && <p className={tone === 'bad' ? 'note note-bad' : 'note'}>{reason}</p>}
        <div className="task-actions">
          <Link
            className="button button-small"
            to="/pipelines/$namespace/$pipeline/runs/$run/logs"
            params={{ namespace, pipeline, run: String(run) }}
            search={{ task }}
          >
            Whole log
          </Link>
          {execution.state !== 'complete' && <CancelTask execution={execution} />}
        </div>
        {execution.started > 0 && (
          <Suspense fallback={<Loading />}>
            <LogView source={source} compact />
          </Suspense>
        )}
        <Facts execution={execution} />
      </div>
    </aside>
  );
}

function CancelTask({ execution }: { readonly execution: TaskExecution }) {
  const { data: session } = useQuery(sessionQuery);
  const { namespace_id: namespace, pipeline_id: pipeline, run_id: run, task_id: task } = execution;
  const cancel = useMutation({
    mutationFn: () => tasks.cancel({ namespace, pipeline, run, task }, GRACE_SECONDS),
    onSuccess: () => tell(`Task ${task} is asked to stop.`),
    onError: tellError,
  });
  if (!may(session, 'delete', ...ofPipeline(namespace, pipeline, 'runs', 'task_executions'))) return null;
  return (
    <ConfirmButton
      question={`Its container gets ${GRACE_SECONDS} seconds to stop by itself.`}
      confirm={`Cancel task ${task}`}
      disabled={cancel.isPending}
      onConfirm={() => cancel.mutate()}
    >
      Cancel task
    </ConfirmButton>
  );
}

function Facts({ execution }: { readonly execution: TaskExecution }) {
  const { task, detail, exit_code: code, started, ended } = execution;
  const parents = Object.entries(task.depends_on);
  return (
    <dl className="facts">
      <Fact name="Duration" when={started > 0}>
        <Duration from={started} to={ended} />
      </Fact>
      <Fact name="Started" when={started > 0}>
        <Time at={started} />
      </Fact>
      <Fact name="Exit code" when={code !== null && code !== undefined}>
        {code}
      </Fact>
      <Fact name="Attempt" when={(detail?.attempt ?? 1) > 1}>
        {detail?.attempt}
      </Fact>
      <Fact name="Image">
        <code>{task.image}</code>
      </Fact>
      <Fact name="Really ran" when={detail?.image_digest !== undefined}>
        <Copyable text={detail?.image_digest ?? ''} label={shorten(detail?.image_digest)} />
      </Fact>
      <Fact name="Container" when={detail?.container_id !== undefined}>
        <Copyable text={detail?.container_id ?? ''} label={shorten(detail?.container_id)} />
      </Fact>
      <Fact name="Command" when={Boolean(task.command?.length)}>
        <code>{task.command?.join(' ')}</code>
      </Fact>
      <Fact name="After" when={parents.length > 0}>
        {parents.map(([parent, requires]) => `${parent} (${requires})`).join(', ')}
      </Fact>
      <Fact name="Variables" when={execution.variables.length > 0}>
        <ul className="variables">
          {execution.variables.map(({ key, value, source }) => (
            <li key={key} title={source.replaceAll('_', ' ')}>
              <code>
                {key}={value}
              </code>
            </li>
          ))}
        </ul>
      </Fact>
    </dl>
  );
}

function shorten(id = ''): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
