import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { sessionQuery } from '../data/session.ts';
import { Answer, ConfirmButton, Copyable, Panel } from '../ui/basics.tsx';
import { tellError } from '../ui/toast.tsx';
import { metadataQuery, preferencesQuery, refuseRuns } from './queries.ts';

/** The server, and its switch for everything. */
export function SystemTab() {
  const metadata = useQuery(metadataQuery);
  const preferences = useQuery(preferencesQuery);
  const { data: session } = useQuery(sessionQuery);
  return (
    <div className="cards">
      <Panel title="New runs">
        <div className="card-body">
          <Answer query={preferences} lines={2}>
            {({ ignore_pipeline_run_events: refused }) => <RunSwitch refused={refused} />}
          </Answer>
        </div>
      </Panel>
      <Panel title="Server">
        <div className="card-body">
          <Answer query={metadata} lines={2}>
            {({ semver, commit }) => (
              <dl className="facts">
                <dt>Version</dt>
                <dd>{semver}</dd>
                <dt>Revision</dt>
                <dd>
                  <Copyable text={commit} label={commit.slice(0, 12)} />
                </dd>
                <dt>API</dt>
                <dd>
                  <a className="link" href="/docs">
                    its documentation
                  </a>
                </dd>
                {session?.temporal && (
                  <>
                    <dt>Temporal</dt>
                    <dd>
                      <a className="link" href={session.temporal.ui_url} target="_blank" rel="noreferrer">
                        its own pages
                      </a>
                    </dd>
                  </>
                )}
              </dl>
            )}
          </Answer>
        </div>
      </Panel>
    </div>
  );
}

function RunSwitch({ refused }: { readonly refused: boolean }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => refuseRuns(!refused),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: preferencesQuery.queryKey }),
  });
  return (
    <>
      <p>{refused ? 'All new runs are refused, whoever wants them.' : 'New runs are accepted.'}</p>
      {refused ? (
        <button
          type="button"
          className="button button-primary"
          disabled={change.isPending}
          onClick={() => change.mutate()}
        >
          Accept new runs
        </button>
      ) : (
        <ConfirmButton
          question="Nobody can start runs until you switch it back, extensions neither. Runs under way go on."
          confirm="Refuse new runs"
          disabled={change.isPending}
          onConfirm={() => change.mutate()}
        >
          Refuse new runs
        </ConfirmButton>
      )}
    </>
  );
}
