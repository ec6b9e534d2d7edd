import { useQuery } from '@tanstack/react-query';
import { formatBytes } from '../../core/bytes.ts';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { StoredObject } from '../../sdk/wire.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { gofer } from './command.ts';
import { objectsQuery } from './queries.ts';

/** What the pipeline keeps from run to run. */
export function ObjectsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(objectsQuery(pipeline));
  const base = `/api/namespaces/${pipeline.namespace}/pipelines/${pipeline.pipeline}/objects`;
  return (
    <Answer query={query}>
      {({ objects }) => {
        if (objects.length === 0) {
          return (
            <Empty command={gofer('pipeline object put', pipeline, 'KEY FILE')}>
              It keeps no objects. Tasks upload them with the API, as {`POST ${base}/<key>`}, and people like this:
            </Empty>
          );
        }
        const download: Column<StoredObject> = {
          head: 'Download:',
          className: 'end',
          cell: ({ key }) => (
            <a className="link" href={`${base}/${encodeURIComponent(key)}`} download={key}>
              Download<span className="visually-hidden"> {key}</span>
            </a>
          ),
        };
        return (
          <div className="panel">
            <Table
              label="Objects"
              rows={objects.toReversed()}
              rowKey={({ key }) => key}
              columns={[...COLUMNS, download]}
            />
          </div>
        );
      }}
    </Answer>
  );
}

const COLUMNS: readonly Column<StoredObject>[] = [
  { head: 'Key', className: 'mono', cell: ({ key }) => key },
  {
    head: 'Size',
    className: 'end number',
    cell: ({ size, sha256 }) => <span title={`${size} bytes\nSHA-256 ${sha256}`}>{formatBytes(size ?? 0)}</span>,
  },
  { head: 'Uploaded', cell: ({ created }) => <Time at={created} /> },
];
