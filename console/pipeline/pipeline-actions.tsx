import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { done } from '../../sdk/resources.ts';
import type { Config, PipelineMetadata } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { tell, tellError } from '../ui/toast.tsx';
import { pathOf, pipelineKey } from './queries.ts';
import { StartDialog } from './start-dialog.tsx';

interface PipelineActionsProps {
  readonly pipeline: PipelineMetadata;
  /** The version that a run would use. */
  readonly config: Config | undefined;
}

/** Starting runs, and switching that off and on. */
export function PipelineActions({ pipeline, config }: PipelineActionsProps) {
  const { data: session } = useQuery(sessionQuery);
  const [starting, setStarting] = useState(false);
  const ref = { namespace: pipeline.namespace_id, pipeline: pipeline.pipeline_id };
  const active = pipeline.state === 'active';
  return (
    <>
      {may(session, 'write', ...ofPipeline(ref.namespace, ref.pipeline)) && <Switch pipeline={pipeline} />}
      {may(session, 'write', ...ofPipeline(ref.namespace, ref.pipeline, 'runs')) && (
        <button
          type="button"
          className="button button-primary"
          disabled={!active}
          title={active ? undefined : 'It is disabled'}
          onClick={() => setStarting(true)}
        >
          <Icon name="play" /> Start a run
        </button>
      )}
      {starting && <StartDialog pipeline={ref} config={config} onClose={() => setStarting(false)} />}
    </>
  );
}

function Switch({ pipeline }: { readonly pipeline: PipelineMetadata }) {
  const client = useQueryClient();
  const ref = { namespace: pipeline.namespace_id, pipeline: pipeline.pipeline_id };
  const target = pipeline.state === 'active' ? 'disabled' : 'active';
  const change = useMutation({
    mutationFn: () =>
      done(
        api.PATCH('/api/namespaces/{namespace_id}/pipelines/{pipeline_id}', {
          params: { path: pathOf(ref) },
          body: { state: target },
        }),
      ),
    onSuccess: () => tell(target === 'active' ? 'It takes new runs.' : 'It takes no new runs; those under way go on.'),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: pipelineKey(ref) }),
  });
  return (
    <button type="button" className="button" disabled={change.isPending} onClick={() => change.mutate()}>
      {target === 'active' ? 'Enable' : 'Disable'}
    </button>
  );
}
