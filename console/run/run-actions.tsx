import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { answer } from '../../sdk/resources.ts';
import type { Run } from '../../sdk/wire.ts';
import { api, runs } from '../data/client.ts';
import { runKey } from '../data/queries.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { ConfirmButton } from '../ui/basics.tsx';
import { tell, tellError } from '../ui/toast.tsx';

/** What can be done with a run, as far as this caller may. */
export function RunActions({ run }: { readonly run: Run }) {
  const { data: session } = useQuery(sessionQuery);
  const ref = { namespace: run.namespace_id, pipeline: run.pipeline_id, run: run.run_id };
  const mayWrite = may(session, 'write', ...ofPipeline(ref.namespace, ref.pipeline, 'runs'));
  return (
    <>
      <Link
        className="button"
        to="/pipelines/$namespace/$pipeline/runs/$run/logs"
        params={{ namespace: ref.namespace, pipeline: ref.pipeline, run: String(ref.run) }}
        search={{}}
      >
        Logs
      </Link>
      {mayWrite && run.state === 'complete' && run.status !== 'successful' && <RerunButton run={run} fromFailed />}
      {mayWrite && run.state === 'complete' && <RerunButton run={run} />}
      {mayWrite && run.state !== 'complete' && <CancelButton run={run} />}
    </>
  );
}

function CancelButton({ run }: { readonly run: Run }) {
  const client = useQueryClient();
  const ref = { namespace: run.namespace_id, pipeline: run.pipeline_id, run: run.run_id };
  const cancel = useMutation({
    mutationFn: () => runs.cancel(ref),
    onSuccess: () => tell(`Run #${ref.run} is asked to stop.`),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: runKey(ref) }),
  });
  const question =
    'Its containers are asked to stop, and killed if they do not. What they have done so far stays done.';
  return (
    <ConfirmButton
      question={question}
      confirm="Cancel the run"
      disabled={cancel.isPending}
      onConfirm={() => cancel.mutate()}
    >
      Cancel
    </ConfirmButton>
  );
}

/** Starts another run of the same version with the same variables: all of it, or only what was not successful. */
function RerunButton({ run, fromFailed = false }: { readonly run: Run; readonly fromFailed?: boolean }) {
  const navigate = useNavigate();
  const { namespace_id: namespace, pipeline_id: pipeline, run_id } = run;
  const rerun = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/namespaces/{namespace_id}/pipelines/{pipeline_id}/runs/{run_id}/rerun', {
          params: { path: { namespace_id: namespace, pipeline_id: pipeline, run_id } },
          body: { from_failed: fromFailed },
        }),
      ),
    onSuccess: ({ run: next }) =>
      navigate({
        to: '/pipelines/$namespace/$pipeline/runs/$run',
        params: { namespace, pipeline, run: String(next.run_id) },
        search: {},
      }),
    onError: tellError,
  });
  return (
    <button
      type="button"
      className="button"
      disabled={rerun.isPending}
      title={fromFailed ? 'What was successful keeps its results' : 'All of it, with the same variables'}
      onClick={() => rerun.mutate()}
    >
      <Icon name="play" /> {fromFailed ? 'Run again from failed' : 'Run again'}
    </button>
  );
}
