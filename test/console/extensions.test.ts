import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { openWindow, type Page, startBrowser, visit } from '../helpers/browser.ts';
import { docker } from '../helpers/docker.ts';
import { containersOfExtension, poll } from '../helpers/extensions.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { buildImage } from '../helpers/images.ts';
import { call } from '../integration/helpers/raw-api.ts';

const cluster = inject('cluster');
const gofer = clientFor();
const windows: BrowserContext[] = [];
let browser: Browser;
let image = '';

beforeAll(async () => {
  image = await buildImage(join(packageRoot, 'test', 'fixtures', 'extension'), 'gofer/test/extension:1');
  browser = await startBrowser();
}, 120_000);

afterEach(async () => {
  await Promise.all(windows.splice(0).map((window) => window.close()));
});

afterAll(() => browser.close());

async function openPage(): Promise<Page> {
  const window = await openWindow(browser, cluster.apiUrl, cluster.token);
  windows.push(window);
  const page = await window.newPage();
  page.on('pageerror', (error) => expect.fail(`the page failed: ${error.message}`));
  return page;
}

const subscriptionsOf = (pipeline: string) => `/api/namespaces/default/pipelines/${pipeline}/subscriptions`;

async function subscribe(pipeline: string, extension: string, id: string, settings: Record<string, string>) {
  const wish = { extension_id: extension, subscription_id: id, settings };
  expect(await call('POST', subscriptionsOf(pipeline), wish)).toMatchObject({ status: 201 });
}

test('installs an extension, reads its documentation and log, configures it, and uninstalls it', async () => {
  const page = await openPage();
  const id = uniqueId('shell');
  await visit(page, '/extensions', 'Extensions');
  await page.getByRole('button', { name: 'Install' }).click();
  await page.getByLabel('Id').fill(id);
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Settings').fill('GREETING=hello\nAPI_KEY=not for everybody');
  await page.getByRole('dialog').getByRole('button', { name: 'Install' }).click();
  await page.waitForURL(`**/extensions/${id}`);
  await page.locator('.head .badge', { hasText: 'running' }).waitFor();
  await page.getByText('A shell script.').waitFor();
  await page.getByText('what to listen for').waitFor();
  const log = page.getByRole('log');
  await log.getByText('GREETING=hello').waitFor();

  const pipeline = uniqueId('listener');
  await gofer.configs.register('default', pipelineOf(pipeline, shellTask('work', 'true')));
  await subscribe(pipeline, id, 'first', { word: 'go' });
  await log.getByText(`subscribe default_${pipeline}_first go`).waitFor();
  await page.getByRole('row', { name: pipeline }).getByText('word=go').waitFor();

  await page.getByLabel('GREETING').fill('ciao');
  expect(await page.getByLabel('API_KEY').inputValue()).toBe('[Redacted]');
  await page.getByRole('button', { name: 'Save and restart' }).click();
  await log.getByText('GREETING=ciao').waitFor();
  await log.getByText(`restore default_${pipeline}_first go`).waitFor();
  const [container] = await containersOfExtension(id);
  const { Config: config } = await docker.getContainer(container ?? '').inspect();
  expect(config.Env).toContain('API_KEY=not for everybody');

  await page.getByRole('button', { name: 'Disable' }).click();
  await page.locator('.head .badge', { hasText: 'disabled' }).waitFor();
  await page.getByRole('button', { name: 'Uninstall' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Uninstall ${id}` })
    .click();
  await page.waitForURL('**/extensions');
  await page.getByRole('link', { name: id }).waitFor({ state: 'detached' });
  expect((await call('GET', `/api/extensions/${id}`)).status).toBe(404);
  await poll(
    () => containersOfExtension(id),
    (containers) => containers.length === 0,
  );
});

test('says what an extension that does not start has to do with it', async () => {
  const page = await openPage();
  const id = uniqueId('dying');
  await call('POST', '/api/extensions', { id, image, settings: { GREETING: 'die' } });
  await visit(page, `/extensions/${id}`, id);
  await page.locator('.head .note').getByText('7').waitFor();
  await page.getByRole('log').getByText('dying as told').waitFor();
  expect((await call('DELETE', `/api/extensions/${id}`)).status).toBe(204);
});

test('shows what starts next, and how the last run of a subscription did', async () => {
  const [first, second] = [uniqueId('first'), uniqueId('second')];
  for (const id of [first, second]) await gofer.configs.register('default', pipelineOf(id, shellTask('work', 'true')));
  await subscribe(second, 'pipeline', 'chain', { pipeline: first });
  await subscribe(second, 'interval', 'soon', { every: '1m' });
  const page = await openPage();
  await visit(page, `/pipelines/default/${second}?tab=subscriptions`, second);
  await page
    .getByRole('article', { name: 'soon' })
    .getByText(/^in (\d+ s|1 min)$/)
    .first()
    .waitFor();
  await page.getByRole('article', { name: 'soon' }).getByText('in 4 min').waitFor();
  const chain = page.getByRole('article', { name: 'chain' });
  await chain.getByText('active').waitFor();
  expect(await chain.getByText('Last run').count()).toBe(0);
  await untilComplete(gofer, await startRunOf(gofer, pipelineOf(first, shellTask('work', 'true'))));
  await chain.getByRole('link', { name: '#1' }).waitFor();
  await chain.getByRole('img', { name: 'successful' }).waitFor();

  await visit(page, '/', 'Overview');
  const next = page.getByRole('region', { name: 'Next' }).getByRole('link', { name: second });
  await next.getByText('interval/soon').waitFor();
  await visit(page, `/pipelines/default/${second}?tab=subscriptions`, second);
  await page.getByRole('article', { name: 'soon' }).getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('article', { name: 'soon' }).getByText('disabled').waitFor();
  expect(await page.getByRole('article', { name: 'soon' }).getByText('Next').count()).toBe(0);
});
