import { text } from 'node:stream/consumers';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { openWindow, type Page, startBrowser, visit } from '../helpers/browser.ts';
import { callerWith, headersOf, tokenWith } from '../helpers/callers.ts';
import { containersOf, docker } from '../helpers/docker.ts';
import { call } from '../integration/helpers/raw-api.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';

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

/** A page whose errors fail the test. */
async function openPage(token?: string): Promise<Page> {
  const window = await openWindow(browser, cluster.apiUrl, token);
  windows.push(window);
  const page = await window.newPage();
  page.on('pageerror', (error) => expect.fail(`the page failed: ${error.message}`));
  return page;
}

const runPath = (pipeline: string, run: number) => `/pipelines/default/${pipeline}/runs/${run}`;
const node = (page: Page, task: string) => page.locator(`[data-node="${task}"]`);
/** Waits until the run of a page is in a state, without reloading it. */
const untilShown = (page: Page, state: string) => page.locator('.head .badge', { hasText: state }).waitFor();

test('signs in with a token, and comes back to where it wanted to go', async () => {
  const page = await openPage();
  await visit(page, '/events?q=x', 'Gofer');
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'unknown, disabled or has expired' }).waitFor();
  await page.getByLabel('Token').fill(cluster.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/events?q=x');
  const [cookie] = await page.context().cookies(`${cluster.apiUrl}/api`);
  expect(cookie).toMatchObject({ name: 'gofer_session', httpOnly: true, sameSite: 'Strict' });
  expect(cookie?.value).not.toContain(cluster.token);
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/login');
  expect(await page.context().cookies(`${cluster.apiUrl}/api`)).toEqual([]);
});

test('asks to sign in again once the token is good no more, and goes on where that was', async () => {
  const secret = await tokenWith(['admin']);
  const page = await openPage(secret);
  await visit(page, '/', 'Overview');
  const who = await call('GET', '/api/tokens/whoami', undefined, headersOf(secret));
  const { id } = who.body['token'] as { id: string };
  expect(await call('PATCH', `/api/tokens/${id}`, { disabled: true })).toMatchObject({ status: 204 });
  await page.getByRole('link', { name: 'Extensions' }).click();
  await page.waitForURL('**/login?to=*');
  await page.getByLabel('Token').fill(cluster.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/extensions');
  await page.getByRole('link', { name: 'interval' }).waitFor();
  expect(await page.locator('.account').textContent()).not.toBe('tester');
});

test('says what went wrong, with the id by which the server has it', async () => {
  const page = await openPage(cluster.token);
  await page.goto('/pipelines/default/nowhere/runs/7');
  const alert = page.getByRole('alert').first();
  await alert.getByText(/does not exist/).waitFor();
  const id = (await alert.locator('.copyable code').textContent()) ?? '';
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
});

test('follows a run from waiting to done without reloading, and reads a log while it is written', async () => {
  const page = await openPage(cluster.token);
  const go = 'until [ -e /go ]; do sleep 0.05; done';
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('watched'),
      shellTask('first', `echo hello; ${go}; echo goodbye`),
      shellTask('second', 'true', { depends_on: { first: 'Success' } }),
      shellTask('never', 'true', { depends_on: { first: 'Failure' } }),
    ),
  );
  await visit(page, runPath(ref.pipeline, ref.run), `Run #${ref.run}`);
  await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }));
  await page.locator('.node-run[data-node="first"]').waitFor();
  await node(page, 'second').filter({ hasText: 'for first' }).waitFor();

  await node(page, 'first').click();
  const log = page.getByRole('log');
  await log.getByText('hello').waitFor();
  expect(await log.getByText('goodbye').count()).toBe(0);

  // Those that come next may have been made already.
  const running = (await containersOf(ref.pipeline)).find(({ State }) => State === 'running');
  const exec = await docker.getContainer(running?.Id ?? '').exec({ Cmd: ['touch', '/go'] });
  await exec.start({});
  await log.getByText('goodbye').waitFor();
  await untilShown(page, 'successful');
  await page.locator('.node-ok[data-node="second"]').waitFor();
  await page.locator('.node-skip[data-node="never"]').waitFor();
  expect(await page.evaluate(() => 'notReloaded' in globalThis)).toBe(true);
});

test('starts a run again, cancels it, and says why another one waits', async () => {
  const page = await openPage(cluster.token);
  const id = uniqueId('busy');
  const document = { ...pipelineOf(id, shellTask('work', 'sleep ${SECONDS_TO_WORK:-0}')), parallelism: 1 };
  const first = await startRunOf(gofer, document);
  await untilComplete(gofer, first);
  const { run: second } = await gofer.runs.start({ namespace: 'default', pipeline: id }, { SECONDS_TO_WORK: '600' });
  await untilTask(gofer, { ...first, run: second.run_id }, 'work', ({ state }) => state === 'running');

  await visit(page, runPath(id, first.run), 'Run #1');
  await untilShown(page, 'successful');
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL(`**${runPath(id, 3)}`);
  await untilShown(page, 'waiting');
  await page
    .locator('.head .note')
    .getByRole('link', { name: `${id} #2` })
    .waitFor();

  await visit(page, '/', 'Overview');
  await page.getByLabel('Search pipelines').waitFor();
  await page.getByRole('region', { name: 'Waiting' }).getByRole('link', { name: id }).waitFor();

  await visit(page, runPath(id, 2), 'Run #2');
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
  await untilShown(page, 'cancelled');
  await visit(page, runPath(id, 3), 'Run #3');
  await untilShown(page, 'successful');
  expect((await gofer.runs.get({ ...first, run: 2 })).run).toMatchObject({ status: 'cancelled' });
});

test('shows the logs of all tasks in the order of their times, with colours, search and links to lines', async () => {
  const page = await openPage(cluster.token);
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('logs'),
      shellTask('first', String.raw`printf '\033[31mred\033[0m one\n'; echo two; echo needle`),
      shellTask('second', 'echo three', { depends_on: { first: 'Success' } }),
    ),
  );
  await untilComplete(gofer, ref);
  const logs = `${runPath(ref.pipeline, ref.run)}/logs`;
  // That the run has ended is known only after its logs.
  let answerRun = () => {};
  const logsRead = new Promise<void>((resolve) => (answerRun = resolve));
  await page.route(`**/runs/${ref.run}`, (route) => logsRead.then(() => route.fallback()));
  await visit(page, `${logs}?task=*`, 'Logs');
  await page.locator('.log-line', { hasText: 'three' }).waitFor();
  await page.getByText('4 lines, being written').waitFor();
  answerRun();
  await page.getByText('4 lines, complete').waitFor();
  expect(await page.locator('.log-task').allTextContents()).toEqual(['first', 'first', 'first', 'second']);
  expect(await page.locator('.log-text').allTextContents()).toEqual(['red one', 'two', 'needle', 'three']);
  await page.locator('.ansi-fg-1', { hasText: 'red' }).waitFor();

  await page.getByRole('link', { name: 'first' }).click();
  await page.getByLabel('Search the log').fill('NEEDLE');
  await page.getByText('1 of 1').waitFor();
  await page.locator('.log-line-hot mark', { hasText: 'needle' }).waitFor();
  await page.getByLabel('Link to line 2').click();
  await page.waitForURL('**/logs?task=first&line=2');
  await page.locator('.log-line-hot', { hasText: 'two' }).waitFor();
  await page.getByLabel('Times').check();
  expect(await page.locator('.log-time').first().textContent()).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(await text(await download.createReadStream())).toContain('one\ntwo\nneedle\n');
});

test('goes on after the connection was lost', async () => {
  const page = await openPage(cluster.token);
  const id = uniqueId('cut');
  await gofer.configs.register('default', pipelineOf(id, shellTask('work', 'true')));
  await visit(page, `/?q=${id}`, 'Overview');
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByText('no runs yet').waitFor();
  await page.context().setOffline(true);
  const { run } = await gofer.runs.start({ namespace: 'default', pipeline: id });
  await untilComplete(gofer, { namespace: 'default', pipeline: id, run: run.run_id });
  await page.context().setOffline(false);
  const strip = page.getByLabel('the last 1 runs: 1 successful');
  await strip.waitFor();
  expect(await strip.getByRole('link').count()).toBe(1);
});

test('shows nobody more than their token may see', async () => {
  const page = await openPage(
    await callerWith([{ resources: ['namespaces:^default$', 'pipelines:^mine-', 'runs'], actions: ['read'] }]),
  );
  const mine = `mine-${uniqueId('x')}`.slice(0, 32);
  const other = uniqueId('theirs');
  for (const id of [mine, other]) await gofer.configs.register('default', pipelineOf(id, shellTask('work', 'true')));
  await visit(page, '/', 'Overview');
  await page.locator('.pipelines').getByRole('link', { name: mine }).waitFor();
  expect(await page.locator('.pipelines').getByRole('link', { name: other }).count()).toBe(0);
  expect(await page.getByRole('navigation', { name: 'Sections' }).getByRole('link').allTextContents()).toEqual([
    'Overview',
  ]);
});
