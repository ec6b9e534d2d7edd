/**
 * Takes the pictures of docs/screenshots: every page of the console, in light, dark and on a phone, from a stack of its own with
 * pipelines as a small team might have them.
 *
 *   npm run docs:screenshots [-- <part of a name>]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureBrowser, findBrowser } from './lib/browser.mjs';
import { endSample, makeSample, type SampleAddresses } from './lib/sample.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'docs', 'screenshots');
const QUALITY = 0.82;

/** Each page by the name of its picture, and what has to be there before it is taken. */
const PAGES: readonly { name: string; path: string; ready: string; signedIn?: false }[] = [
  { name: 'login', path: '/login', ready: 'form', signedIn: false },
  { name: 'overview', path: '/', ready: '.pipeline-row' },
  { name: 'run', path: '/pipelines/default/release/runs/3?task=test-shard-3', ready: '.task-panel .log-line' },
  { name: 'run-live', path: '/pipelines/data/sweep/runs/2', ready: '.node-run' },
  { name: 'pipeline', path: '/pipelines/default/release', ready: '.chart-bar' },
  { name: 'versions', path: '/pipelines/default/release?tab=versions', ready: '.diff' },
  { name: 'subscriptions', path: '/pipelines/default/certificates?tab=subscriptions', ready: '.next-times' },
  { name: 'objects', path: '/pipelines/default/release?tab=objects', ready: '.table' },
  { name: 'secrets', path: '/pipelines/default/release?tab=secrets', ready: '.table' },
  { name: 'events', path: '/events', ready: '.event' },
  { name: 'extensions', path: '/extensions', ready: 'h1' },
  { name: 'extension', path: '/extensions/cron', ready: '.table' },
  { name: 'tokens', path: '/admin?tab=tokens', ready: '.table' },
  { name: 'roles', path: '/admin?tab=roles', ready: '.checker select' },
  { name: 'system', path: '/admin?tab=system', ready: '.facts' },
  { name: 'logs', path: '/pipelines/data/import-orders/runs/3/logs?task=load', ready: '.log-line' },
];

const MODES = {
  light: { viewport: { width: 1360, height: 850 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 850 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true },
} as const;

async function startStack(dataDir: string) {
  const ports = ['--port', '--external-events-port', '--temporal-port', '--temporal-ui-port'].flatMap((flag) => [
    flag,
    '0',
  ]);
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist', 'cli', 'bin', 'gofer.js'), 'service', 'start', '--json', '--data-dir', dataDir, ...ports],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, GOFER_WEB_API__LOG_LEVEL: 'warn' } },
  );
  const exited = once(child, 'exit').then(() => undefined);
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  if (!line) throw new Error('the stack did not start');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { addresses: JSON.parse(String(line[0])) as SampleAddresses, stop };
}

async function photograph(
  browser: Browser,
  { api_url: baseURL, token }: SampleAddresses,
  wanted: string,
): Promise<void> {
  for (const [mode, options] of Object.entries(MODES)) {
    for (const { name, path, ready, signedIn = true } of PAGES.filter((page) => page.name.includes(wanted))) {
      const context = await browser.newContext({ ...options, baseURL, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
      if (signedIn) {
        const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
        await context.request.post('/api/console/session', { headers });
      }
      const page = await context.newPage();
      await page.goto(path);
      await page.locator(ready).first().waitFor();
      await page.evaluate('document.fonts.ready');
      // For the layout of the graph, and for logs to be read to their end.
      await page.waitForTimeout(1_500);
      await writeFile(join(FOLDER, `${name}-${mode}.webp`), await toWebP(page, await page.screenshot()));
      await context.close();
      console.log(`${name}-${mode}.webp`);
    }
  }
}

/** The browser itself knows how to compress a picture. */
async function toWebP(page: Page, png: Buffer): Promise<Buffer> {
  await page.goto('about:blank');
  const data: unknown = await page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', ${QUALITY});
  })()`);
  return Buffer.from(String(data).replace('data:image/webp;base64,', ''), 'base64');
}

await ensureBrowser();
const executablePath = (await findBrowser()) ?? '';
const dataDir = await mkdtemp(join(tmpdir(), 'gofer-screenshots-'));
// PostgreSQL, which does not run as root, has to pass through it.
await chmod(dataDir, 0o755);
const stack = await startStack(dataDir);
try {
  await mkdir(FOLDER, { recursive: true });
  await makeSample(stack.addresses);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  await photograph(browser, stack.addresses, process.argv[2] ?? '');
  await browser.close();
} finally {
  try {
    await endSample(stack.addresses);
  } finally {
    await stack.stop();
  }
  await rm(dataDir, { recursive: true, force: true });
}
