import { useQuery } from '@tanstack/react-query';
import type { PipelineRef } from '../../sdk/resources.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { Time } from '../ui/time.tsx';
import { objectsQuery } from './queries.ts';

/** What the pipeline keeps from run to run. */
export function ObjectsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(objectsQuery(pipeline));
  const base = `/api/namespaces/${pipeline.namespace}/pipelines/${pipeline.pipeline}/objects`;
  return (
    <Answer query={query}>
      {({ objects }) => {
        if (objects.length === 0) {
          return <Empty>It keeps no objects. Tasks upload them with the API, as {`POST ${base}/<key>`}.</Empty>;
        }
        return (
          <div className="panel table-scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Uploaded</th>
                  <th scope="col">
                    <span className="visually-hidden">Download</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {objects.toReversed().map((object) => (
                  <tr key={object.key}>
                    <td className="mono">{object.key}</td>
                    <td>
                      <Time at={object.created} />
                    </td>
                    <td className="end">
                      <a className="link" href={`${base}/${encodeURIComponent(object.key)}`} download={object.key}>
                        Download<span className="visually-hidden"> {object.key}</span>
                      </a>
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
