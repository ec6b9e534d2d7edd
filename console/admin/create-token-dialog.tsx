import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Copyable, Dialog, ErrorNote } from '../ui/basics.tsx';
import { formText } from '../ui/form-text.ts';
import { createToken, rolesQuery, tokensQuery } from './queries.ts';

const DAY = 24 * 60 * 60;
/** In seconds. */
const LIFETIMES = [
  ['a day', DAY],
  ['a month', 30 * DAY],
  ['a year', 365 * DAY],
  ['for ever', 0],
] as const;

/** Creates a token, and shows its secret this once. */
export function CreateTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const creation = useMutation({
    mutationFn: createToken,
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    creation.mutate({
      user: formText(form, 'user'),
      roles: form.getAll('role').map(String),
      expires: Number(formText(form, 'expires')),
    });
  };
  if (creation.data) return <Secret secret={creation.data.secret} onClose={onClose} />;
  return (
    <Dialog title="Create a token" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>User</span>
          <input name="user" required placeholder="Whose it is, or what for" />
        </label>
        <RoleChoice />
        <label className="field">
          <span>Good for</span>
          <select name="expires" defaultValue={365 * DAY}>
            {LIFETIMES.map(([name, seconds]) => (
              <option key={name} value={seconds}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {creation.error && <ErrorNote error={creation.error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" className="button button-primary" disabled={creation.isPending}>
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The bootstrap role is for the first token only. */
function RoleChoice() {
  const { data } = useQuery(rolesQuery);
  return (
    <fieldset className="pairs">
      <legend>Roles</legend>
      {data?.roles
        .filter(({ id }) => id !== 'bootstrap' && id !== 'anonymous')
        .map(({ id, description }) => (
          <label key={id} className="check role-choice">
            <input type="checkbox" name="role" value={id} />
            <span>
              {id} <span className="quiet">{description}</span>
            </span>
          </label>
        ))}
    </fieldset>
  );
}

function Secret({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  return (
    <Dialog title="The token" onClose={onClose}>
      <p>Copy it now: it is shown this once.</p>
      <Copyable text={secret} />
      <p className="quiet">
        As <code>GOFER_TOKEN</code> the CLI uses it, and other programs send it as <code>Authorization: Bearer</code>.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button button-primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
