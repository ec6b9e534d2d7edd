import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role, Token } from '../../sdk/wire.ts';
import { Panel } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { check } from './check.ts';
import { type Operation, operationsQuery, rolesQuery, tokensQuery } from './queries.ts';

/** Answers whether a token may do something. */
export function Checker() {
  const { data: tokens } = useQuery(tokensQuery);
  const { data: roles } = useQuery(rolesQuery);
  const { data: operations } = useQuery(operationsQuery);
  return (
    <Panel title="May this token do that?" className="checker">
      {tokens && roles && operations && <Form tokens={tokens.tokens} roles={roles.roles} operations={operations} />}
    </Panel>
  );
}

interface FormProps {
  readonly tokens: readonly Token[];
  readonly roles: readonly Role[];
  readonly operations: readonly Operation[];
}

const NAMES = { namespaces: 'Namespace', pipelines: 'Pipeline', extensions: 'Extension' } as const;

function Form({ tokens, roles, operations }: FormProps) {
  const [tokenId, setTokenId] = useState(tokens.at(-1)?.id);
  const [operationId, setOperationId] = useState('start_run');
  const [subject, setSubject] = useState({ namespaces: 'default', pipelines: '', extensions: '' });
  const token = tokens.find(({ id }) => id === tokenId);
  const operation = operations.find(({ id }) => id === operationId);
  const verdict = token && operation && check(token, roles, operation, subject);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const asked = (['namespaces', 'pipelines', 'extensions'] as const).filter((name) =>
    operation?.resources.includes(name),
  );
  return (
    <form className="checker-form" onSubmit={(event) => event.preventDefault()}>
      <label className="field">
        <span>Token of</span>
        <select value={tokenId} onChange={({ target }) => setTokenId(target.value)}>
          {tokens.map(({ id, user, roles: own }) => (
            <option key={id} value={id}>
              {user} ({own.join(', ') || 'no roles'})
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Does what</span>
        <select value={operationId} onChange={({ target }) => setOperationId(target.value)}>
          {tags.map((tag) => (
            <optgroup key={tag} label={tag}>
              {operations
                .filter((each) => each.tag === tag)
                .map(({ id, summary }) => (
                  <option key={id} value={id}>
                    {summary}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      {asked.map((name) => (
        <label key={name} className="field">
          <span>{NAMES[name]}</span>
          <input
            value={subject[name]}
            placeholder="any"
            onChange={({ target }) => setSubject({ ...subject, [name]: target.value })}
          />
        </label>
      ))}
      {verdict && (
        <p className="verdict" role="status">
          <StatusBadge tone={verdict.allowed ? 'ok' : 'bad'} word={verdict.allowed ? 'yes' : 'no'} /> {verdict.why}
        </p>
      )}
    </form>
  );
}
