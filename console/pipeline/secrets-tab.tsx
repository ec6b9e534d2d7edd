import { useQuery } from '@tanstack/react-query';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Secret } from '../../sdk/wire.ts';
import { Answer, Empty } from '../ui/basics.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import { gofer } from './command.ts';
import { secretsQuery } from './queries.ts';

/** The names of the pipeline's secrets; their values are nowhere in the console. */
export function SecretsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(secretsQuery(pipeline));
  return (
    <Answer query={query}>
      {({ secrets }) => {
        if (secrets.length === 0) {
          return (
            <Empty command={gofer('secret pipeline put', pipeline, 'NAME')}>
              It has no secrets. Tasks use them as {'pipeline_secret{{NAME}}'}.
            </Empty>
          );
        }
        return (
          <div className="panel">
            <Table label="Secrets" rows={secrets} rowKey={({ key }) => key} columns={COLUMNS} />
          </div>
        );
      }}
    </Answer>
  );
}

const COLUMNS: readonly Column<Secret>[] = [
  { head: 'Name', className: 'mono', cell: ({ key }) => key },
  { head: 'Used as', className: 'mono quiet', cell: ({ key }) => `pipeline_secret{{${key}}}` },
  { head: 'Stored', cell: ({ created }) => <Time at={created} /> },
];
