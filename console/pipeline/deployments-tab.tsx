import { useQuery } from '@tanstack/react-query';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Deployment } from '../../sdk/wire.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Duration, Time } from '../ui/time.tsx';
import type { Tone } from '../ui/tones.ts';
import { gofer } from './command.ts';
import { deploymentsQuery } from './queries.ts';

/** When which version became live. */
export function DeploymentsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(deploymentsQuery(pipeline));
  return (
    <Answer query={query}>
      {({ deployments }) => {
        if (deployments.length === 0)
          return (
            <Empty command={gofer('pipeline config deploy', pipeline, 'VERSION')}>
              No version was deployed yet: new runs use the newest one. To pin one:
            </Empty>
          );
        return (
          <div className="panel">
            <Table
              label="Deployments"
              rows={deployments.toReversed()}
              rowKey={({ deployment_id: id }) => id}
              columns={COLUMNS}
            />
          </div>
        );
      }}
    </Answer>
  );
}

const COLUMNS: readonly Column<Deployment>[] = [
  { head: 'Deployment', className: 'number', cell: ({ deployment_id: id }) => `#${id}` },
  { head: 'State', cell: (deployment) => <StatusBadge tone={toneOf(deployment)} /> },
  { head: 'From', className: 'number', cell: ({ start_version: version }) => `v${version}` },
  { head: 'To', className: 'number', cell: ({ end_version: version }) => `v${version}` },
  { head: 'Started', cell: ({ started }) => <Time at={started} /> },
  { head: 'Duration', className: 'end', cell: ({ started, ended }) => <Duration from={started} to={ended} /> },
];

function toneOf({ state, status }: Deployment): Tone {
  if (state === 'Running') return 'run';
  return status === 'Successful' ? 'ok' : 'bad';
}
