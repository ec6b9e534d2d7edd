import { text } from 'node:stream/consumers';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { openWindow, type Page, startBrowser, visit } from '../helpers/browser.ts';
import { tokenWith } from '../helpers/callers.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const cluster = inject('cluster');
const gofer = clientFor();
const windows: BrowserContext[] = [];
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterEach(async () => {
  await Promise.all(windows.splice(0).map((window) => window.close()));
});

afterAll(() => browser.close());

async function openPage(token: string = cluster.token): Promise<Page> {
  const window = await openWindow(browser, cluster.apiUrl, token);
  windows.push(window);
  const page = await window.newPage();
  page.on('pageerror', (error) => expect.fail(`the page failed: ${error.message}`));
  return page;
}

test('starts a run with variables, and lists it by state and initiator', async () => {
  const page = await openPage();
  const id = uniqueId('started');
  await gofer.configs.register(
    'default',
    pipelineOf(id, shellTask('work', '[ "$MODE" != bad ]', { variables: { MODE: '' } })),
  );
  await visit(page, `/pipelines/default/${id}`, id);
  await page.getByText(`gofer run start ${id}`).waitFor();
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.getByLabel('Name of a variable').first().fill('MODE');
  await page.getByLabel('Value of MODE').fill('bad');
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
  await page.waitForURL('**/runs/1');
  await page.getByText('MODE=bad').first().waitFor();
  await page.locator('.head .badge', { hasText: 'failed' }).waitFor();

  await visit(page, `/pipelines/default/${id}?state=failed`, id);
  await page.getByRole('link', { name: '#1' }).waitFor();
  await page.getByLabel('State').selectOption('successful');
  await page.getByText('No run is like that.').waitFor();
  await page.getByLabel('State').selectOption('');
  await page.getByLabel('Started by').fill('nobody');
  await page.getByText('No run is like that.').waitFor();
  expect(new URL(page.url()).search).toBe('?user=nobody');
});

test('shows two versions side by side, and deploys one', async () => {
  const page = await openPage();
  const id = uniqueId('changed');
  await gofer.configs.register('default', pipelineOf(id, shellTask('build', 'echo old'), shellTask('test', 'true')));
  await gofer.configs.register('default', pipelineOf(id, shellTask('build', 'echo new'), shellTask('test', 'true')));
  await visit(page, `/pipelines/default/${id}?tab=versions`, id);
  await page.locator('.diff-old', { hasText: 'echo old' }).waitFor();
  await page.locator('.diff-new', { hasText: 'echo new' }).waitFor();
  expect(await page.locator('.diff-old').count()).toBe(1);
  expect(await page.locator('.diff-new').count()).toBe(1);
  await page.getByRole('button', { name: 'Deploy' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy version 2' }).click();
  await page.locator('.version', { hasText: 'v2' }).getByText('live').waitFor();
  await page.getByRole('link', { name: 'Deployments' }).click();
  await page.getByRole('row', { name: /#1/ }).getByText('successful').waitFor();
});

test('switches a pipeline off and on', async () => {
  const page = await openPage();
  const id = uniqueId('switched');
  await gofer.configs.register('default', pipelineOf(id, shellTask('work', 'true')));
  await visit(page, `/pipelines/default/${id}`, id);
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.locator('.head').getByText('disabled').waitFor();
  expect(await page.getByRole('button', { name: 'Start a run' }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByRole('button', { name: 'Disable' }).waitFor();
  expect((await gofer.pipelines.get({ namespace: 'default', pipeline: id })).pipeline.state).toBe('active');
});

test('goes on with a failed run from where it failed', async () => {
  const page = await openPage();
  const id = uniqueId('again');
  const ref = await startRunOf(gofer, pipelineOf(id, shellTask('good', 'true'), shellTask('bad', 'exit 1')));
  await untilComplete(gofer, ref);
  await visit(page, `/pipelines/default/${id}/runs/1`, 'Run #1');
  await page.getByRole('button', { name: 'Run again from failed' }).click();
  await page.waitForURL('**/runs/2');
  await page.getByText('Goes on from').waitFor();
  await page.locator('.head .badge', { hasText: 'failed' }).waitFor();
  expect((await gofer.runs.get({ ...ref, run: 2 })).run.detail).toMatchObject({ rerun_of: 1, reuse: true });
});

test('shows what happens, and only what is asked for', async () => {
  const page = await openPage();
  const id = uniqueId('event');
  await visit(page, `/events?q=${id}`, 'Events');
  await page.getByText('live', { exact: true }).waitFor();
  await startRunOf(gofer, pipelineOf(id, shellTask('work', 'true')));
  await page.locator('.event', { hasText: 'run successful' }).waitFor();
  await page.locator('.event', { hasText: 'task successful' }).waitFor();
  await page.getByLabel('About').selectOption('task');
  await page.locator('.event', { hasText: 'run successful' }).waitFor({ state: 'detached' });
  expect(await page.locator('.event').count()).toBe(3);
});

test('creates a token that is shown once, checks what it may, and deletes it', async () => {
  const page = await openPage(await tokenWith(['admin']));
  const user = uniqueId('reader');
  await visit(page, '/admin?tab=tokens', 'Administration');
  await page.getByRole('button', { name: 'Create a token' }).click();
  await page.getByRole('textbox', { name: 'User' }).fill(user);
  await page.getByRole('checkbox', { name: 'user' }).first().check();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const secret = (await page.getByRole('dialog', { name: 'The token' }).locator('code').first().textContent()) ?? '';
  expect(secret).toMatch(/^\w{32}$/);
  const whoami = { headers: { authorization: `Bearer ${secret}`, 'gofer-api-version': 'v0' } };
  expect((await fetch(`${cluster.apiUrl}/api/tokens/whoami`, whoami)).status).toBe(200);
  await page.getByRole('button', { name: 'I have it' }).click();

  await page.getByRole('link', { name: 'Roles' }).click();
  const [tokenOf, doesWhat] = [page.locator('.checker select').first(), page.locator('.checker select').nth(1)];
  await tokenOf.selectOption({ label: `${user} (user)` });
  await doesWhat.selectOption('start_run');
  await page.getByText('Role user covers it.').waitFor();
  await page.getByLabel('Namespace', { exact: true }).fill('secret-team');
  await page.getByText(/It takes one role that may write/).waitFor();
  await doesWhat.selectOption('create_namespace');
  await page.getByText('It is for administrators.').waitFor();

  await page.getByRole('link', { name: 'Tokens' }).click();
  await page.getByRole('row', { name: user }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete the token' }).click();
  await page.getByRole('row', { name: user }).waitFor({ state: 'detached' });
  expect((await fetch(`${cluster.apiUrl}/api/tokens/whoami`, whoami)).status).toBe(401);
});

test('creates a role and changes it', async () => {
  const page = await openPage();
  const id = uniqueId('role');
  await visit(page, '/admin?tab=roles', 'Administration');
  await page.getByRole('button', { name: 'Create a role' }).click();
  await page.getByRole('textbox', { name: 'Id', exact: true }).fill(id);
  await page.getByRole('textbox', { name: 'Permissions' }).fill('fly: runs');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('alert').getByText('is no permission').waitFor();
  await page.getByRole('textbox', { name: 'Permissions' }).fill('read write: namespaces:^default$ pipelines runs');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const card = page.getByRole('article', { name: `Role ${id}` });
  await card.getByText('namespaces:^default$').waitFor();
  await card.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('textbox', { name: 'Description' }).fill('for tests');
  await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click();
  await card.getByText('for tests').waitFor();
  await card.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: `Delete role ${id}` }).click();
  await card.waitFor({ state: 'detached' });
  expect(await card.count()).toBe(0);
});

test('lists objects with their sizes, as they come, and has them downloaded', async () => {
  const page = await openPage();
  const id = uniqueId('keeper');
  await gofer.configs.register('default', pipelineOf(id, shellTask('work', 'true')));
  await visit(page, `/pipelines/default/${id}?tab=objects`, id);
  await page.getByText('It keeps no objects.').waitFor();
  const bytes = new Blob(['x'.repeat(1536)]).stream();
  await gofer.objects.put({ namespace: 'default', pipeline: id }, 'report.txt', bytes, false);
  await untilComplete(gofer, await startRunOf(gofer, pipelineOf(id, shellTask('work', 'true'))));
  const row = page.getByRole('row', { name: 'report.txt' });
  await row.getByText('1.5 KB').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link').click()]);
  expect(download.suggestedFilename()).toBe('report.txt');
  expect(await text(await download.createReadStream())).toBe('x'.repeat(1536));
});
