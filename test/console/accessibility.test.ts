import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openWindow, startBrowser, visit } from '../helpers/browser.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const cluster = inject('cluster');
const pipeline = uniqueId('seen');
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  const gofer = clientFor();
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      pipeline,
      shellTask('good', String.raw`printf '\033[32mgreen\033[0m and \033[2mdim\033[0m\n'`),
      shellTask('bad', 'exit 3'),
      shellTask('never', 'true', { depends_on: { bad: 'Success' } }),
    ),
    { NAME: 'value' },
  );
  const subscription = { extension_id: 'interval', subscription_id: 'daily', settings: { every: '24h' } };
  await gofer.subscriptions.create(ref, subscription);
  await gofer.objects.put({ namespace: 'default', pipeline }, 'notes.txt', new Blob(['x']).stream(), false);
  await untilComplete(gofer, ref);
});

afterAll(() => browser.close());

const run = `/pipelines/default/${pipeline}/runs/1`;
const PAGES = [
  ['/login', 'Gofer', 'form'],
  ['/', 'Overview', '.pipeline-row'],
  [`${run}?task=bad`, 'Run #1', '.node-bad'],
  [`${run}/logs?task=good`, 'Logs', '.log-line'],
  [`/pipelines/default/${pipeline}`, pipeline, '.table'],
  [`/pipelines/default/${pipeline}?tab=versions`, pipeline, '.diff'],
  [`/pipelines/default/${pipeline}?tab=deployments`, pipeline, '.empty'],
  [`/pipelines/default/${pipeline}?tab=subscriptions`, pipeline, '.next-times'],
  [`/pipelines/default/${pipeline}?tab=objects`, pipeline, '.table'],
  [`/pipelines/default/${pipeline}?tab=secrets`, pipeline, '.empty'],
  ['/events', 'Events', '.event'],
  ['/extensions', 'Extensions', '.card'],
  ['/extensions/interval', 'interval', '.table'],
  ['/admin?tab=tokens', 'Administration', '.table'],
  ['/admin?tab=roles', 'Administration', '.verdict'],
  ['/admin?tab=system', 'Administration', '.facts'],
] as const;

const MODES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;

describe.each(Object.entries(MODES))(
  'in %s, axe finds nothing serious, and nothing is wider than the page',
  (_, mode) => {
    test.each(PAGES)('at %s', async (path, heading, ready) => {
      const token = path === '/login' ? undefined : cluster.token;
      const window = await openWindow(browser, cluster.apiUrl, token, mode);
      const page = await window.newPage();
      await visit(page, path, heading);
      await page.locator(ready).first().waitFor();
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
      const beyond = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      await window.close();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(
        serious.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]),
      ).toEqual([]);
      expect(beyond).toBe(0);
    });
  },
);

test('everything on the run page is within reach of the keyboard', async () => {
  const window = await openWindow(browser, cluster.apiUrl, cluster.token);
  const page = await window.newPage();
  await visit(page, run, 'Run #1');
  await page.locator('[data-node="bad"]').waitFor();
  await page.locator('[data-node][tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.task-panel').waitFor();
  await page.keyboard.press('/');
  await page.waitForURL('**/');
  await page.keyboard.type(pipeline);
  await page.locator('.pipelines a[data-row]', { hasText: pipeline }).waitFor();
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate('document.activeElement.matches("[data-row]")')).toBe(true);
  await window.close();
});
