import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Extension, Subscription } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Answer, ConfirmButton, Empty, Loading, Panel } from '../ui/basics.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { RunLink } from '../ui/run-link.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { tell, tellError } from '../ui/toast.tsx';
import { ExtensionState } from './extension-state.tsx';
import { extensionQuery, extensionSubscriptionsQuery, uninstall, update } from './queries.ts';
import { SettingsForm } from './settings-form.tsx';
import '../styles/pipeline.css';

const ExtensionLog = lazy(() =>
  import('./extension-log.tsx').then(({ ExtensionLog: component }) => ({ default: component })),
);

/** An extension: how it does, what it says about itself, who has subscribed, and what it prints. */
export function ExtensionPage() {
  const { extension: id } = useParams({ from: '/shell/extensions/$extension' });
  useTitle(id, 'Extensions');
  const query = useQuery(extensionQuery(id));
  return (
    <div className="page">
      <Answer query={query}>
        {({ extension }) => (
          <>
            <Head extension={extension} />
            <div className="extension">
              <div className="extension-main">
                <Subscribers id={id} />
                {!extension.registration.image.startsWith('builtin/') && (
                  <Panel title="Log">
                    <div className="extension-log">
                      <Suspense fallback={<Loading />}>
                        <ExtensionLog key={extension.started} id={id} />
                      </Suspense>
                    </div>
                  </Panel>
                )}
              </div>
              <div className="extension-side">
                <SettingsForm key={extension.registration.modified} extension={extension} />
                <Documentation extension={extension} />
              </div>
            </div>
          </>
        )}
      </Answer>
    </div>
  );
}

function Head({ extension }: { readonly extension: Extension }) {
  const { extension_id: id, image, created } = extension.registration;
  const { data: session } = useQuery(sessionQuery);
  return (
    <header className="head">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/extensions">Extensions</Link>
        <span aria-hidden="true">/</span>
      </nav>
      <div className="head-line">
        <h1>{id}</h1>
        <ExtensionState extension={extension} />
        <div className="head-actions">{session?.administrator && <Actions extension={extension} />}</div>
      </div>
      <dl className="head-facts">
        <div>
          <dt>Image</dt>
          <dd>
            <code>{image}</code>
          </dd>
        </div>
        <div>
          <dt>Installed</dt>
          <dd>
            <Time at={created} />
          </dd>
        </div>
        {extension.started > 0 && (
          <div>
            <dt>Started</dt>
            <dd>
              <Time at={extension.started} />
            </dd>
          </div>
        )}
      </dl>
      {extension.detail?.message && <p className="note">{extension.detail.message}</p>}
    </header>
  );
}

function Actions({ extension }: { readonly extension: Extension }) {
  const { extension_id: id, status } = extension.registration;
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => client.invalidateQueries({ queryKey: ['extensions'] });
  const enable = status === 'disabled';
  const change = useMutation({ mutationFn: () => update(id, { enable }), onError: tellError, onSettled: refresh });
  const remove = useMutation({
    mutationFn: () => uninstall(id),
    onSuccess: async () => {
      tell(`Extension ${id} is gone.`);
      await navigate({ to: '/extensions' });
      await refresh();
    },
    onError: tellError,
  });
  return (
    <>
      <button type="button" className="button" disabled={change.isPending} onClick={() => change.mutate()}>
        {enable ? 'Enable' : 'Disable'}
      </button>
      <ConfirmButton
        question="Its subscriptions, objects, roles and tokens go with it."
        confirm={`Uninstall ${id}`}
        disabled={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        Uninstall
      </ConfirmButton>
    </>
  );
}

function Subscribers({ id }: { readonly id: string }) {
  const query = useQuery(extensionSubscriptionsQuery(id));
  return (
    <Panel title="Subscriptions">
      <Answer query={query}>
        {({ subscriptions }) => {
          if (subscriptions.length === 0) {
            return (
              <Empty command={`gofer pipeline subscribe PIPELINE ${id} NAME`}>No pipeline has subscribed to it.</Empty>
            );
          }
          return <Table label="Subscriptions" rows={subscriptions} rowKey={keyOf} columns={COLUMNS} />;
        }}
      </Answer>
    </Panel>
  );
}

function keyOf({ namespace_id: namespace, pipeline_id: pipeline, subscription_id: id }: Subscription): string {
  return `${namespace}/${pipeline}/${id}`;
}

const pipelineOf = (subscription: Subscription) => ({
  namespace: subscription.namespace_id,
  pipeline: subscription.pipeline_id,
});

const COLUMNS: readonly Column<Subscription>[] = [
  {
    head: 'Pipeline',
    cell: (subscription) => (
      <Link
        data-row
        className="link"
        to="/pipelines/$namespace/$pipeline"
        params={pipelineOf(subscription)}
        search={{ tab: 'subscriptions' }}
      >
        {subscription.namespace_id}/{subscription.pipeline_id}
      </Link>
    ),
  },
  { head: 'Subscription', cell: ({ subscription_id: id }) => id },
  { head: 'State', cell: ({ status, status_reason: reason }) => <span title={reason?.description}>{status}</span> },
  { head: 'Next', cell: ({ next: [next] = [] }) => next !== undefined && <Time at={next} /> },
  {
    head: 'Last run',
    cell: (subscription) =>
      subscription.last_run && <RunLink pipeline={pipelineOf(subscription)} run={subscription.last_run} />,
  },
  {
    head: 'Settings',
    className: 'mono reason',
    cell: ({ settings }) =>
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
  },
];

function Documentation({ extension }: { readonly extension: Extension }) {
  const { body, pipeline_subscription_params: params } = extension.documentation;
  return (
    <Panel title="Documentation">
      <div className="card-body">
        {params.length > 0 && (
          <>
            <h3>What a subscription may set</h3>
            <dl className="facts">
              {params.map(({ key, required, documentation }) => (
                <div key={key} className="fact-pair">
                  <dt className="mono">
                    {key}
                    {required && <span className="tag">required</span>}
                  </dt>
                  <dd>{documentation}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
        {body !== '' ? <Markdown text={body} /> : <p className="quiet">It says nothing about itself.</p>}
      </div>
    </Panel>
  );
}
