import { describe, expect, test } from 'vitest';
import { done, gofer, goferWith, json, plain } from '../helpers/cli.ts';

describe('roles', () => {
  const read = 'resources=namespaces:^a{1,3}$,runs, pipelines:x;y;actions=read, Write';

  test('are created, shown, changed and deleted', async () => {
    expect(await plain('role', 'create', 'cli-role', 'for tests', '--permission', read)).toMatchInlineSnapshot(`
      "✓ Created role 'cli-role'
        give it to somebody: gofer token create USER --roles cli-role
      "
    `);
    expect(await plain('role', 'get', 'cli-role')).toMatchInlineSnapshot(`
      "[cli-role] for tests

        Permissions
          namespaces:^a{1,3}$, runs, pipelines:x;y :: read, write
      "
    `);
    await json('GetRoleResponse', 'role', 'get', 'cli-role');
    expect(await plain('role', 'list')).toMatch(/^\| cli-role +\| for tests +\| false +\|$/m);
    await json('ListRolesResponse', 'role', 'list');

    const all = ['--permission', 'resources=all;actions=read', '--permission', 'resources=runs;actions=delete'];
    expect(await plain('role', 'update', 'cli-role', ...all)).toMatchInlineSnapshot(`
      "✓ Updated role 'cli-role'
      "
    `);
    const { role } = await json('UpdateRoleResponse', 'role', 'update', 'cli-role', '-d', 'changed');
    expect(role).toMatchObject({
      description: 'changed',
      permissions: [
        { resources: ['all'], actions: ['read'] },
        { resources: ['runs'], actions: ['delete'] },
      ],
    });
    expect(await done('role', 'delete', 'cli-role')).toEqual({ role_id: 'cli-role' });
    const missing = await gofer('role', 'get', 'cli-role');
    expect(missing).toMatchObject({ exit: 3, stderr: expect.stringContaining('gofer role list') });
    await json('CreateRoleResponse', 'role', 'create', 'cli-role', 'again', '--permission', read);
    expect(await plain('role', 'delete', 'cli-role')).toMatchInlineSnapshot(`
      "✓ Deleted role 'cli-role'
      "
    `);
  });

  test.each([
    [['--permission', 'read'], 'is not a permission'],
    [['--permission', 'resources=rnus;actions=read'], 'did you mean: runs'],
    [['--permission', 'resources=runs;actions=look'], "'look' is not an action"],
    [[], 'no terminal to ask for the permissions'],
  ])('are refused with %j', async (flags, message) => {
    const outcome = await gofer('role', 'create', 'cli-wrong', 'for tests', ...flags);
    expect(outcome).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('of the system stay', async () => {
    expect(await gofer('role', 'delete', 'admin')).toMatchObject({ exit: 4 });
    expect(await gofer('role', 'update', 'admin')).toMatchObject({ exit: 2 });
  });
});

describe('tokens', () => {
  const create = ['token', 'create', 'ann', '--roles', 'ghost', '-r', 'ghoul', '-m', 'team=a=b'];

  test('are created, used, listed and shown', async () => {
    const text = await plain(...create, '--expiry', '12h');
    expect(text.replace(/Secret: \w{32}/, 'Secret: SECRET')).toMatchInlineSnapshot(`
      "✓ Created token: 01234567-89ab-cdef-0123-456789abcdef
      ✓ Secret: SECRET
        keep it; it is not shown again
        use it: gofer login
      "
    `);
    const { secret, token_details: details } = await json('CreateTokenResponse', ...create, '-e', '3600');
    const { id, created, expires } = details as { id: string; created: number; expires: number };
    expect(expires - created).toBe(3_600_000);
    expect(await plain('token', 'get', id)).toMatchInlineSnapshot(`
      "Token 01234567-89ab-cdef-0123-456789abcdef

        User:      ann
        Roles:     ghost, ghoul
        Metadata:  team=a=b
        Created:   Thu, 01 Jan 2026 00:00:00 +0000
        Expires:   Thu, 01 Jan 2026 00:00:00 +0000
        Active:    true
      "
    `);
    await json('GetTokenByIdResponse', 'token', 'get', id);
    const { tokens } = await json('ListTokensResponse', 'token', 'list');
    expect(tokens).toContainEqual(expect.objectContaining({ id, metadata: { team: 'a=b' } }));
    expect(await plain('token', 'list')).toMatch(/\| ann +\| ghost, ghoul +\|.*\| true +\|$/m);

    const me = await goferWith({ GOFER_TOKEN: String(secret) }, 'token', 'whoami');
    expect(me.stdout).toContain(`Token ${id}`);
    expect(me.stdout).toMatch(/Active: +true/);
  });

  test('are disabled, enabled and deleted', async () => {
    const { secret, token_details: details } = await json('CreateTokenResponse', ...create);
    const { id } = details as { id: string };
    expect(await plain('token', 'disable', id)).toMatchInlineSnapshot(`
      "✓ Disabled token 01234567-89ab-cdef-0123-456789abcdef
      "
    `);
    expect(await plain('token', 'get', id)).toMatch(/Active: +false/);
    const refused = await goferWith({ GOFER_TOKEN: String(secret) }, 'token', 'whoami');
    expect(refused).toMatchObject({ exit: 4, stdout: '' });
    expect(await done('token', 'enable', id)).toEqual({ token_id: id });
    expect(await plain('token', 'delete', id)).toMatchInlineSnapshot(`
      "✓ Deleted token 01234567-89ab-cdef-0123-456789abcdef
      "
    `);
    const missing = await gofer('token', 'get', id);
    expect(missing).toMatchObject({ exit: 3, stderr: expect.stringContaining('gofer token list') });
  });

  test('of your own are shown, and there is one first token only', async () => {
    await json('WhoAmIResponse', 'token', 'whoami');
    expect(await plain('token', 'whoami')).toMatchInlineSnapshot(`
      "Token 01234567-89ab-cdef-0123-456789abcdef

        User:      bootstrap
        Roles:     bootstrap
        Metadata:  bootstrap_token=true
        Created:   Thu, 01 Jan 2026 00:00:00 +0000
        Expires:   Never
        Active:    true
      "
    `);
    expect(await gofer('token', 'bootstrap')).toMatchObject({ exit: 1, stderr: expect.stringContaining('before') });
  });

  test.each([
    [['--expiry', 'soon'], "'soon' is no time"],
    [['--metadata', 'note'], "'note' is not a note"],
  ])('are refused with %j', async (flags, message) => {
    const outcome = await gofer('token', 'create', 'ann', ...flags);
    expect(outcome).toMatchObject({ exit: 2, stderr: expect.stringContaining(message) });
  });
});
