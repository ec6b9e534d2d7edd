import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, ConfirmButton } from '../ui/basics.tsx';
import { tellError } from '../ui/toast.tsx';
import { Checker } from './checker.tsx';
import { deleteRole, rolesQuery } from './queries.ts';
import { RoleDialog } from './role-dialog.tsx';

/** What the holders of tokens may do. */
export function RolesTab() {
  const query = useQuery(rolesQuery);
  const { data: session } = useQuery(sessionQuery);
  const [edited, setEdited] = useState<Role | 'new'>();
  return (
    <section aria-label="Roles">
      {session?.administrator && <Checker />}
      <div className="tools">
        <p className="quiet">One role of a token has to cover all that an operation needs.</p>
        {session?.administrator && (
          <button type="button" className="button button-primary" onClick={() => setEdited('new')}>
            <Icon name="plus" /> Create a role
          </button>
        )}
      </div>
      <Answer query={query}>
        {({ roles }) => (
          <ul className="cards">
            {roles.map((role) => (
              <li key={role.id}>
                <RoleCard
                  role={role}
                  editable={session?.administrator === true && !role.system_role}
                  onEdit={() => setEdited(role)}
                />
              </li>
            ))}
          </ul>
        )}
      </Answer>
      {edited && <RoleDialog role={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </section>
  );
}

function RoleCard({
  role,
  editable,
  onEdit,
}: {
  readonly role: Role;
  readonly editable: boolean;
  readonly onEdit: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteRole(role.id),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: rolesQuery.queryKey }),
  });
  return (
    <article className="panel card" aria-label={`Role ${role.id}`}>
      <header className="panel-head">
        <h2>{role.id}</h2>
        {role.system_role && <span className="tag">of the system</span>}
        {editable && (
          <span className="row-actions">
            <button type="button" className="button button-small" onClick={onEdit}>
              Change
            </button>
            <ConfirmButton
              question="Tokens that have it may do nothing by it any more."
              confirm={`Delete role ${role.id}`}
              disabled={remove.isPending}
              onConfirm={() => remove.mutate()}
            >
              Delete
            </ConfirmButton>
          </span>
        )}
      </header>
      <div className="card-body">
        <p className="quiet">{role.description}</p>
        <ul className="permissions">
          {role.permissions.map(({ resources, actions }, index) => (
            <li key={index}>
              <strong>{actions.join(', ')}</strong>
              {resources.map((resource) => (
                <code key={resource}>{resource}</code>
              ))}
            </li>
          ))}
        </ul>
      </div>
    </article>
  );
}
