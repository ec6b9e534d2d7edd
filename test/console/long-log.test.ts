import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openWindow, type Page, startBrowser, visit } from '../helpers/browser.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const cluster = inject('cluster');
/** More than browsers make an element high for: what is beyond is scrolled in larger steps. */
const LINES = 700_000;
/** A page that does not answer for so long, in milliseconds, is frozen; even if it shares the machine with all of a test. */
const FROZEN_MS = 2_000;
/** Collects how long each task of the page's thread took that took longer than a twentieth of a second. */
const WATCH = `globalThis.longTasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => longTasks.push(duration)))
    .observe({ entryTypes: ['longtask'] })`;

let browser: Browser;
let window: BrowserContext;
let page: Page;
let logs = '';

beforeAll(async () => {
  browser = await startBrowser();
  const gofer = clientFor();
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('long'), shellTask('print', `seq ${LINES}`)));
  await untilComplete(gofer, ref);
  logs = `/pipelines/default/${ref.pipeline}/runs/1/logs`;
  window = await openWindow(browser, cluster.apiUrl, cluster.token);
  page = await window.newPage();
  await page.addInitScript(WATCH);
  page.on('pageerror', (error) => expect.fail(`the page failed: ${error.message}`));
}, 180_000);

afterAll(() => browser.close());

const untilRead = () =>
  page
    .locator('.log-state', { hasText: `${LINES.toLocaleString('en-US')} lines, complete` })
    .waitFor({ timeout: 120_000 });
const shown = async () => (await page.locator('.log-text').allTextContents()).map(Number);
const untilShown = (line: number) => page.locator('.log-text', { hasText: new RegExp(`^${line}$`) }).waitFor();
const untilMarked = (line: number) => page.locator('.log-line-hot', { hasText: new RegExp(`${line}$`) }).waitFor();

test('a log of so many lines is read from any place, and nothing freezes', { timeout: 180_000 }, async () => {
  await visit(page, `${logs}?task=print&line=600000`, 'Logs');
  await untilRead();
  // It came into sight long before the end was read, and has not moved since.
  await untilMarked(600_000);
  const around = await shown();
  expect(around).toEqual(around.map((_, index) => (around[0] ?? 0) + index));

  await page.getByRole('log').focus();
  await page.keyboard.press('End');
  await untilShown(LINES);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await untilShown(1);
  await page.getByRole('log').evaluate((log) => log.scrollTo({ top: (log.scrollHeight - log.clientHeight) / 2 }));
  await untilShown(LINES / 2);

  await page.getByLabel('Search the log').fill('654321');
  await page.getByText('1 of 1').waitFor();
  await untilMarked(654_321);
  await page.getByLabel('Wrap').check();
  await untilMarked(654_321);
  await page.getByLabel('Link to line 654320').click();
  await page.waitForURL('**/logs?task=print&line=654320');
  expect(Math.max(...(await page.evaluate<number[]>('longTasks')))).toBeLessThan(FROZEN_MS);
});

test('the logs of all tasks of such a run are put together, and nothing freezes', { timeout: 180_000 }, async () => {
  await visit(page, `${logs}?task=*`, 'Logs');
  await untilRead();
  await untilShown(LINES);
  expect(Math.max(...(await page.evaluate<number[]>('longTasks')))).toBeLessThan(FROZEN_MS);
});
