import { useQuery } from '@tanstack/react-query';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Deployment } from '../../sdk/wire.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { Duration, Time } from '../ui/time.tsx';
import type { Tone } from '../ui/tones.ts';
import { deploymentsQuery } from './queries.ts';

/** When which version became live. */
export function DeploymentsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(deploymentsQuery(pipeline));
  return (
    <Answer query={query}>
      {({ deployments }) => {
        if (deployments.length === 0) return <Empty>No version was deployed yet. New runs use the newest one.</Empty>;
        return (
          <div className="panel table-scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Deployment</th>
                  <th scope="col">State</th>
                  <th scope="col">From</th>
                  <th scope="col">To</th>
                  <th scope="col">Started</th>
                  <th scope="col" className="end">
                    Duration
                  </th>
                </tr>
              </thead>
              <tbody>
                {deployments.toReversed().map((deployment) => (
                  <tr key={deployment.deployment_id}>
                    <td className="number">#{deployment.deployment_id}</td>
                    <td>
                      <StatusBadge tone={toneOf(deployment)} />
                    </td>
                    <td className="number">v{deployment.start_version}</td>
                    <td className="number">v{deployment.end_version}</td>
                    <td>
                      <Time at={deployment.started} />
                    </td>
                    <td className="end">
                      <Duration from={deployment.started} to={deployment.ended} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Answer>
  );
}

function toneOf({ state, status }: Deployment): Tone {
  if (state === 'Running') return 'run';
  return status === 'Successful' ? 'ok' : 'bad';
}
