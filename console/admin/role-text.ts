import type { Action, Permission } from '../../sdk/wire.ts';

const ACTIONS: readonly Action[] = ['read', 'write', 'delete'];

/** Permissions as people write them: the actions, a colon, and the resources, one permission a line. */
export function writePermissions(permissions: readonly Permission[]): string {
  return permissions.map(({ actions, resources }) => `${actions.join(' ')}: ${resources.join(' ')}`).join('\n');
}

/** @throws Error that says which line is wrong */
export function readPermissions(text: string): Permission[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const colon = line.indexOf(':');
    const actions = line
      .slice(0, Math.max(0, colon))
      .split(/[\s,]+/)
      .filter(Boolean);
    const resources = line
      .slice(colon + 1)
      .split(/\s+/)
      .filter(Boolean);
    const known = ACTIONS.filter((action) => actions.includes(action));
    if (known.length === 0 || known.length < actions.length || resources.length === 0) {
      throw new Error(
        `'${line}' is no permission: write for example 'read write: namespaces:^default$ pipelines runs'`,
      );
    }
    return { actions: known, resources };
  });
}
