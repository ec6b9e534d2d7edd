import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Token } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, ConfirmButton } from '../ui/basics.tsx';
import { StatusBadge } from '../ui/status.tsx';
import { type Column, Table } from '../ui/table.tsx';
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
      <Answer query={query}>
        {({ tokens }) => (
          <div className="panel">
            <Table label="Tokens" rows={tokens.toReversed()} rowKey={({ id }) => id} columns={COLUMNS} />
          </div>
        )}
      </Answer>
      {creating && <CreateTokenDialog onClose={() => setCreating(false)} />}
    </section>
  );
}

const COLUMNS: readonly Column<Token>[] = [
  { head: 'User', cell: ({ id, user }) => <strong title={id}>{user}</strong> },
  { head: 'State', cell: (token) => <TokenState token={token} /> },
  {
    head: 'Roles',
    cell: ({ roles }) =>
      roles.map((role) => (
        <span key={role} className="tag">
          {role}
        </span>
      )),
  },
  {
    head: 'Notes',
    className: 'quiet',
    cell: ({ metadata }) =>
      Object.entries(metadata)
        .map(([key, value]) => `${key}: ${value}`)
        .join(', '),
  },
  { head: 'Created', cell: ({ created }) => <Time at={created} /> },
  { head: 'Expires', cell: ({ expires }) => <Time at={expires} /> },
  { head: 'Actions:', className: 'end', cell: (token) => <TokenActions token={token} /> },
];

function TokenState({ token: { expires, disabled } }: { readonly token: Token }) {
  const now = useNow();
  if (expires > 0 && expires < now) return <StatusBadge tone="lost" word="expired" />;
  return disabled ? <StatusBadge tone="skip" word="disabled" /> : <StatusBadge tone="ok" word="good" />;
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
