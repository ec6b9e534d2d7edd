import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Token } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, ConfirmButton } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { Time, useNow } from '../ui/time.tsx';
import { tellError } from '../ui/toast.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';
import { deleteToken, disableToken, tokensQuery } from './queries.ts';

/** Who may call the API. */
export function TokensTab() {
  const query = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  return (
    <section aria-label="Tokens">
      <div className="tools">
        <p className="quiet">A token is shown once, when it is created; only a digest of it is kept.</p>
        <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
          <Icon name="plus" /> Create a token
        </button>
      </div>
      <Answer query={query}>{({ tokens }) => <TokenTable tokens={tokens} />}</Answer>
      {creating && <CreateTokenDialog onClose={() => setCreating(false)} />}
    </section>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly Token[] }) {
  return (
    <div className="panel table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">State</th>
            <th scope="col">Roles</th>
            <th scope="col">Notes</th>
            <th scope="col">Created</th>
            <th scope="col">Expires</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.toReversed().map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TokenRow({ token }: { readonly token: Token }) {
  const now = useNow();
  const { id, user, roles, metadata, created, expires, disabled } = token;
  const expired = expires > 0 && expires < now;
  return (
    <tr>
      <td title={id}>
        <strong>{user}</strong>
      </td>
      <td>
        {expired ? (
          <StatusBadge tone="lost" word="expired" />
        ) : disabled ? (
          <StatusBadge tone="skip" word="disabled" />
        ) : (
          <StatusBadge tone="ok" word="good" />
        )}
      </td>
      <td>
        {roles.map((role) => (
          <span key={role} className="tag">
            {role}
          </span>
        ))}
      </td>
      <td className="quiet">
        {Object.entries(metadata)
          .map(([key, value]) => `${key}: ${value}`)
          .join(', ')}
      </td>
      <td>
        <Time at={created} />
      </td>
      <td>
        <Time at={expires} />
      </td>
      <td className="end">
        <TokenActions token={token} />
      </td>
    </tr>
  );
}

function TokenActions({ token }: { readonly token: Token }) {
  const { data: session } = useQuery(sessionQuery);
  const client = useQueryClient();
  const options = { onError: tellError, onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }) };
  const change = useMutation({ mutationFn: () => disableToken(token.id, !token.disabled), ...options });
  const remove = useMutation({ mutationFn: () => deleteToken(token.id), ...options });
  if (session?.token_id === token.id) return <span className="quiet">this is you</span>;
  return (
    <span className="row-actions">
      <button type="button" className="button button-small" disabled={change.isPending} onClick={() => change.mutate()}>
        {token.disabled ? 'Enable' : 'Disable'}
      </button>
      <ConfirmButton
        question={`Whoever uses the token of ${token.user} is refused from then on.`}
        confirm="Delete the token"
        disabled={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        Delete
      </ConfirmButton>
    </span>
  );
}
