import { isAdmin, type RequiredResource } from '../../core/permissions.ts';
import type { Role, Token } from '../../sdk/wire.ts';
import { may } from '../data/session.ts';
import type { Operation } from './queries.ts';

/** What an operation is about, as far as it is about something in particular. */
export interface Subject {
  readonly namespaces: string;
  readonly pipelines: string;
  readonly extensions: string;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly why: string;
}

/** Whether a token may use an operation, and by which of its roles, or what is missing. */
export function check(token: Token, roles: readonly Role[], operation: Operation, subject: Subject): Verdict {
  if (isAdmin(token.roles)) return { allowed: true, why: 'Administrators may do everything.' };
  if (operation.admin) return { allowed: false, why: 'It is for administrators.' };
  const required = operation.resources.map((name) => requiredResource(name, subject));
  const own = roles.filter(({ id }) => token.roles.includes(id));
  const covering = own.find((role) => covers(role, operation, required));
  if (covering) return { allowed: true, why: `Role ${covering.id} covers it.` };
  const names = required.map(({ name, id }) => (id === undefined ? name : `${name} ‘${id}’`)).join(', ');
  return { allowed: false, why: `It takes one role that may ${operation.action} ${names}.` };
}

function requiredResource(name: string, subject: Subject): RequiredResource {
  const id = name in subject ? subject[name as keyof Subject] : '';
  return id === '' ? { name } : { name, id };
}

function covers(role: Role, operation: Operation, required: readonly RequiredResource[]): boolean {
  const session = { token_id: '', user: '', administrator: false, roles: [role] };
  return may(session, operation.action, ...required);
}
