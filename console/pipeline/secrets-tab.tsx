import { useQuery } from '@tanstack/react-query';
import type { PipelineRef } from '../../sdk/resources.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { Time } from '../ui/time.tsx';
import { secretsQuery } from './queries.ts';

/** The names of the pipeline's secrets; their values are nowhere in the console. */
export function SecretsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(secretsQuery(pipeline));
  return (
    <Answer query={query}>
      {({ secrets }) => {
        if (secrets.length === 0) {
          return (
            <Empty command={`gofer secret put ${pipeline.pipeline} NAME`}>
              It has no secrets. Tasks use them as {'pipeline_secret{{NAME}}'}.
            </Empty>
          );
        }
        return (
          <div className="panel table-scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Used as</th>
                  <th scope="col">Stored</th>
                </tr>
              </thead>
              <tbody>
                {secrets.map((secret) => (
                  <tr key={secret.key}>
                    <td className="mono">{secret.key}</td>
                    <td className="mono quiet">{`pipeline_secret{{${secret.key}}}`}</td>
                    <td>
                      <Time at={secret.created} />
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
