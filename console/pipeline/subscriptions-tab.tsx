import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { done, type PipelineRef } from '../../sdk/resources.ts';
import type { Subscription } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import { Answer, Empty, Fact } from '../ui/basics.tsx';
import { RunLink } from '../ui/run-link.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { tellError } from '../ui/toast.tsx';
import type { Tone } from '../ui/tones.ts';
import { gofer } from './command.ts';
import { pathOf, pipelineKey, subscriptionQuery, subscriptionsQuery } from './queries.ts';

/** What starts runs of the pipeline by itself. */
export function SubscriptionsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(subscriptionsQuery(pipeline));
  return (
    <Answer query={query}>
      {({ subscriptions }) => {
        if (subscriptions.length === 0) return <NoSubscriptions pipeline={pipeline} />;
        return (
          <ul className="cards">
            {subscriptions.map((subscription) => (
              <li key={`${subscription.extension_id}/${subscription.subscription_id}`}>
                <SubscriptionCard pipeline={pipeline} listed={subscription} />
              </li>
            ))}
          </ul>
        );
      }}
    </Answer>
  );
}

function NoSubscriptions({ pipeline }: { readonly pipeline: PipelineRef }) {
  return (
    <Empty command={gofer('pipeline subscribe', pipeline, 'cron nightly --setting expression="0 2 * * *"')}>
      Nothing starts it by itself. Subscribe it to an extension, for example to run at two every night:
    </Empty>
  );
}

const TONES: Readonly<Record<Subscription['status'], Tone>> = {
  active: 'ok',
  error: 'bad',
  disabled: 'skip',
  unknown: 'lost',
};

function SubscriptionCard({ pipeline, listed }: { readonly pipeline: PipelineRef; readonly listed: Subscription }) {
  const { data } = useQuery(subscriptionQuery(pipeline, listed));
  const subscription = data?.subscription ?? listed;
  const { extension_id: extension, subscription_id: id, settings, status, status_reason: reason } = subscription;
  return (
    <article className="panel card" aria-label={`Subscription ${id}`}>
      <header className="panel-head">
        <h2>{id}</h2>
        <StatusBadge tone={TONES[status]} word={status} />
        <SubscriptionSwitch subscription={subscription} />
      </header>
      <div className="card-body">
        {reason && <p className="note note-bad">{reason.description}</p>}
        <dl className="facts">
          <Fact name="Next" when={subscription.next !== undefined}>
            <NextTimes at={subscription.next ?? []} />
          </Fact>
          <Fact name="Last run" when={subscription.last_run !== undefined}>
            {subscription.last_run && <RunLink pipeline={pipeline} run={subscription.last_run} />}
          </Fact>
          <dt>Extension</dt>
          <dd>
            <Link className="link" to="/extensions/$extension" params={{ extension }}>
              {extension}
            </Link>
          </dd>
          {Object.entries(settings).map(([key, value]) => (
            <Fact key={key} name={key}>
              <span className="mono">{value}</span>
            </Fact>
          ))}
        </dl>
      </div>
    </article>
  );
}

function NextTimes({ at }: { readonly at: readonly number[] }) {
  if (at.length === 0) return 'never again';
  return (
    <ol className="next-times">
      {at.map((time) => (
        <li key={time}>
          <Time at={time} />
        </li>
      ))}
    </ol>
  );
}

function SubscriptionSwitch({ subscription }: { readonly subscription: Subscription }) {
  const { data: session } = useQuery(sessionQuery);
  const client = useQueryClient();
  const { namespace_id: namespace, pipeline_id: pipeline, extension_id, subscription_id, status } = subscription;
  const target = status === 'disabled' ? 'active' : 'disabled';
  const change = useMutation({
    mutationFn: () =>
      done(
        api.PATCH(
          '/api/namespaces/{namespace_id}/pipelines/{pipeline_id}/subscriptions/{extension_id}/{subscription_id}',
          {
            params: { path: { ...pathOf({ namespace, pipeline }), extension_id, subscription_id } },
            body: { status: target },
          },
        ),
      ),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: pipelineKey({ namespace, pipeline }) }),
  });
  if (!may(session, 'write', ...ofPipeline(namespace, pipeline, 'subscriptions'))) return <span />;
  return (
    <button type="button" className="button button-small" disabled={change.isPending} onClick={() => change.mutate()}>
      {target === 'active' ? 'Enable' : 'Disable'}
    </button>
  );
}
