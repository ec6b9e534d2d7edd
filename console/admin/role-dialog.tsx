import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { Role } from '../../sdk/wire.ts';
import { Dialog, ErrorNote } from '../ui/basics.tsx';
import { formText } from '../ui/form-text.ts';
import { createRole, rolesQuery, updateRole } from './queries.ts';
import { readPermissions, writePermissions } from './role-text.ts';

interface Values {
  readonly id: string;
  readonly description: string;
  readonly permissions: string;
}

/** Creates a role, or changes one. */
export function RoleDialog({ role, onClose }: { readonly role: Role | undefined; readonly onClose: () => void }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: async ({ id, description, permissions }: Values) => {
      const body = { description, permissions: readPermissions(permissions) };
      return role ? updateRole(role.id, body) : createRole({ id, ...body });
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({
      id: formText(form, 'id'),
      description: formText(form, 'description'),
      permissions: formText(form, 'permissions'),
    });
  };
  return (
    <Dialog title={role ? `Change role ${role.id}` : 'Create a role'} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {!role && (
          <label className="field">
            <span>Id</span>
            <input name="id" required pattern="[A-Za-z0-9\-]{3,32}" title="3 to 32 letters, digits and hyphens" />
          </label>
        )}
        <label className="field">
          <span>Description</span>
          <input name="description" defaultValue={role?.description} />
        </label>
        <label className="field">
          <span>Permissions</span>
          <textarea
            name="permissions"
            required
            rows={5}
            className="mono"
            defaultValue={role && writePermissions(role.permissions)}
            placeholder={'read write: namespaces:^default$ pipelines runs\nread: task_executions events'}
          />
          <small>
            One a line: actions, a colon, resources. After namespaces, pipelines and extensions an expression for ids
            may follow.
          </small>
        </label>
        {change.error && <ErrorNote error={change.error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" className="button button-primary" disabled={change.isPending}>
            {role ? 'Change' : 'Create'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
