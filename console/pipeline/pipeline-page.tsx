import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import type { PipelineRef } from '../../sdk/resources.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import type { PipelineTab } from '../routes.tsx';
import { Answer } from '../ui/basics.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useTitle } from '../ui/title.ts';
import { DeploymentsTab } from './deployments-tab.tsx';
import { ObjectsTab } from './objects-tab.tsx';
import { PipelineActions } from './pipeline-actions.tsx';
import { configsQuery, pipelineQuery } from './queries.ts';
import { RunsTab } from './runs-tab.tsx';
import { SecretsTab } from './secrets-tab.tsx';
import { SubscriptionsTab } from './subscriptions-tab.tsx';
import { VersionsTab } from './versions-tab.tsx';
import '../styles/pipeline.css';

const ROUTE = '/shell/pipelines/$namespace/$pipeline';

/** Each tab: its name, what reading it takes besides the pipeline, and what is in it. */
const TABS: Readonly<
  Record<PipelineTab, { name: string; resource: string; content: ComponentType<{ readonly pipeline: PipelineRef }> }>
> = {
  runs: { name: 'Runs', resource: 'runs', content: RunsTab },
  versions: { name: 'Versions', resource: 'configs', content: VersionsTab },
  deployments: { name: 'Deployments', resource: 'deployments', content: DeploymentsTab },
  subscriptions: { name: 'Subscriptions', resource: 'subscriptions', content: SubscriptionsTab },
  objects: { name: 'Objects', resource: 'objects', content: ObjectsTab },
  secrets: { name: 'Secrets', resource: 'secrets', content: SecretsTab },
};

/** A pipeline: its runs, its versions, and what belongs to it. */
export function PipelinePage() {
  const ref = useParams({ from: ROUTE });
  const { tab = 'runs' } = useSearch({ from: ROUTE });
  const { data: session } = useQuery(sessionQuery);
  useTitle(ref.pipeline);
  const visible = Object.entries(TABS).filter(([, { resource }]) =>
    may(session, 'read', ...ofPipeline(ref.namespace, ref.pipeline, resource)),
  );
  const { content: Content } = TABS[tab];
  return (
    <div className="page">
      <Head pipeline={ref} />
      <Tabs label="About the pipeline" here={tab}>
        {visible.map(([id, { name }]) => ({
          id,
          link: (className) => (
            <Link
              to="/pipelines/$namespace/$pipeline"
              params={ref}
              search={{ tab: id as PipelineTab }}
              className={className}
              aria-current={id === tab ? 'page' : undefined}
            >
              {name}
            </Link>
          ),
        }))}
      </Tabs>
      <Content key={`${ref.namespace}/${ref.pipeline}`} pipeline={ref} />
    </div>
  );
}

function Head({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(pipelineQuery(pipeline));
  const { data: versions } = useQuery(configsQuery(pipeline));
  const config = versions?.configs.find(({ state }) => state === 'live') ?? versions?.configs[0];
  return (
    <header className="head">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/" search={{ q: pipeline.namespace }}>
          {pipeline.namespace}
        </Link>
        <span aria-hidden="true">/</span>
      </nav>
      <div className="head-line">
        <h1>{pipeline.pipeline}</h1>
        {query.data?.pipeline.state === 'disabled' && <span className="tag">disabled</span>}
        <div className="head-actions">
          {query.data && <PipelineActions pipeline={query.data.pipeline} config={config} />}
        </div>
      </div>
      {config && (
        <p className="head-text">
          {config.name !== config.pipeline_id && <strong>{config.name}</strong>} {config.description}{' '}
          <span className="quiet">
            {config.parallelism > 0
              ? `At most ${config.parallelism} ${config.parallelism === 1 ? 'run' : 'runs'} at once.`
              : 'Any number of runs at once.'}
          </span>
        </p>
      )}
      {query.error && <Answer query={query}>{() => null}</Answer>}
    </header>
  );
}
