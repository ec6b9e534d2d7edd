import { expect, test } from 'vitest';
import { done, gofer, json, plain } from '../helpers/cli.ts';

test('a namespace is created, shown, changed and deleted', async () => {
  expect(await plain('namespace', 'create', 'cli-team', 'Team', 'for tests')).toMatchInlineSnapshot(`
    "✓ Created namespace 'cli-team'
      work in it: gofer pipeline list --namespace cli-team
    "
  `);
  expect(await plain('namespace', 'get', 'cli-team')).toMatchInlineSnapshot(`
    "[cli-team] Team

    for tests

    Created Thu, 01 Jan 2026 00:00:00 +0000
    "
  `);
  await json('GetNamespaceResponse', 'namespace', 'get', 'cli-team');
  expect(await plain('namespace', 'list')).toMatch(/^\| cli-team +\| Team +\| for tests +\| Thu, 01 Jan/m);
  await json('ListNamespacesResponse', 'namespace', 'list');

  expect(await plain('namespace', 'update', 'cli-team', '--name', 'Team A')).toMatchInlineSnapshot(`
    "✓ Updated namespace 'cli-team'
    "
  `);
  const { namespace } = await json('UpdateNamespaceResponse', 'namespace', 'update', 'cli-team', '-d', '');
  expect(namespace).toMatchObject({ name: 'Team A', description: '' });
  expect(await gofer('namespace', 'update', 'cli-team')).toMatchObject({ exit: 2 });

  expect(await done('namespace', 'delete', 'cli-team')).toEqual({ namespace_id: 'cli-team' });
  const { exit, stderr } = await gofer('namespace', 'delete', 'cli-team');
  expect({ exit, stderr }).toEqual({ exit: 3, stderr: expect.stringContaining('gofer namespace list') });
  await json('CreateNamespaceResponse', 'namespace', 'create', 'cli-team', 'Team');
  await done('namespace', 'delete', 'cli-team', '--yes');
});
