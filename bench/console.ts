/**
 * Measures the console in Chromium: how soon the page of a run with 1,000 tasks can be used, and how many frames are dropped
 * while a log grows by 5,000 lines a second.
 *
 *   npm run bench:console [-- --save]
 */
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureBrowser, findBrowser } from '../scripts/lib/browser.mjs';
import { GoferClient } from '../sdk/client.ts';
import type { PipelineDocument, TaskDocument } from '../core/pipeline-config.ts';
import { startCluster, type ClusterAddresses } from '../test/helpers/cluster.ts';
import { circumstances, median, save } from './report.ts';

const { values: flags } = parseArgs({ options: { save: { type: 'boolean' } } });

const REPETITIONS = 7;
const LINES_PER_SECOND = 5_000;
const SECONDS = 10;
const PLAIN = { variables: {}, inject_api_token: false, always_pull_newest_image: false } as const;

function task(id: string, after: readonly string[], more: Partial<TaskDocument> = {}): TaskDocument {
  const depends_on = Object.fromEntries(after.map((parent) => [parent, 'Success' as const]));
  return { ...PLAIN, id, image: 'gofer/base:1', depends_on, ...more };
}

/** 20 layers of 50 tasks, each after one or two of the layer before, so that nothing can be drawn as one. */
const APART: PipelineDocument = {
  id: 'apart',
  name: 'apart',
  parallelism: 0,
  tasks: Array.from({ length: 1_000 }, (_, n) => {
    const [layer, place] = [Math.floor(n / 50), n % 50];
    const parents = [place, (place * 7) % 50].map((at) => `t-${layer - 1}-${at}`);
    return task(`t-${layer}-${place}`, layer === 0 ? [] : [...new Set(parents)]);
  }),
};

/** One task, 998 after it, and one after those: what is drawn as three nodes. */
const FAN: PipelineDocument = {
  id: 'fan',
  name: 'fan',
  parallelism: 0,
  tasks: [
    task('first', []),
    ...Array.from({ length: 998 }, (_, n) => task(`shard-${n}`, ['first'])),
    task(
      'last',
      Array.from({ length: 998 }, (_, n) => `shard-${n}`),
    ),
  ],
};

/** Prints in bundles of a fiftieth of a second, as programs do that buffer. */
const SCRIPT = `i=0; while [ $i -lt ${LINES_PER_SECOND * (SECONDS + 20)} ]; do j=0; while [ $j -lt ${LINES_PER_SECOND / 10} ]; do j=$((j+1)); i=$((i+1)); echo "$i a line of a log that somebody might want to read while it is written"; done; sleep 0.08; done`;
const CHATTY: PipelineDocument = {
  id: 'chatty',
  name: 'chatty',
  parallelism: 0,
  tasks: [task('talk', [], { command: ['sh', '-c', SCRIPT] })],
};

async function runToItsEnd(gofer: GoferClient, document: PipelineDocument): Promise<void> {
  await gofer.configs.register('default', document);
  const stop = new AbortController();
  const events = gofer.followEvents({ history: true, signal: stop.signal });
  await gofer.runs.start({ namespace: 'default', pipeline: document.id });
  for await (const { kind } of events) {
    if ('completed_run' in kind && kind.completed_run.pipeline_id === document.id) stop.abort();
  }
}

async function openPage(browser: Browser, { apiUrl, token }: ClusterAddresses): Promise<Page> {
  const context = await browser.newContext({ baseURL: apiUrl, viewport: { width: 1360, height: 850 } });
  const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
  await context.request.post('/api/console/session', { headers });
  return context.newPage();
}

/** Milliseconds from the click on a link, with an empty cache, until the graph is there and a task of it has been opened. */
async function timeToInteractive(browser: Browser, addresses: ClusterAddresses, pipeline: string, select: string) {
  const times: number[] = [];
  for (let n = 0; n <= REPETITIONS; n += 1) {
    const page = await openPage(browser, addresses);
    const start = performance.now();
    await page.goto(`/pipelines/default/${pipeline}/runs/1`, { waitUntil: 'commit' });
    // By the keyboard, because it may be out of sight in a large graph.
    await page.locator(select).first().press('Enter');
    await page.locator('.task-panel').waitFor();
    // The first one warms the server up.
    if (n > 0) times.push(performance.now() - start);
    await page.context().close();
  }
  return Math.round(median(times));
}

interface Frames {
  readonly lines: number;
  readonly seconds: number;
  readonly frames: number;
  readonly dropped: number;
  readonly longest: number;
}

/** Counts frames for some seconds; one that comes late stands for as many as would have fitted. */
const COUNT_FRAMES = `(async () => {
  const lines = () => Number(document.querySelector('.log-state').textContent.replace(/\\D/g, ''));
  const from = lines();
  const times = [performance.now()];
  const end = times[0] + ${SECONDS * 1000};
  while (times.at(-1) < end) times.push(await new Promise(requestAnimationFrame));
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  return {
    lines: lines() - from,
    seconds: (times.at(-1) - times[0]) / 1000,
    frames: gaps.length,
    dropped: gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0),
    longest: Math.round(Math.max(...gaps)),
  };
})()`;

async function framesWhileLogging(browser: Browser, addresses: ClusterAddresses, gofer: GoferClient): Promise<Frames> {
  await gofer.configs.register('default', CHATTY);
  await gofer.runs.start({ namespace: 'default', pipeline: 'chatty' });
  const page = await openPage(browser, addresses);
  await page.goto('/pipelines/default/chatty/runs/1/logs');
  await page.locator('.log-line').nth(20).waitFor();
  await page.waitForTimeout(3_000);
  const frames = (await page.evaluate(COUNT_FRAMES)) as Frames;
  await gofer.runs.cancel({ namespace: 'default', pipeline: 'chatty', run: 1 });
  await page.context().close();
  return frames;
}

async function withCluster<T>(
  settings: NodeJS.ProcessEnv,
  work: (addresses: ClusterAddresses, gofer: GoferClient) => Promise<T>,
): Promise<T> {
  const cluster = await startCluster({ GOFER_WEB_DEVELOPMENT__VALIDATE_RESPONSES: 'false', ...settings });
  try {
    await cluster.startWorker();
    const { apiUrl: apiBaseUrl, token } = cluster.addresses;
    return await work(cluster.addresses, new GoferClient({ apiBaseUrl, token }));
  } finally {
    await cluster.stop();
  }
}

await ensureBrowser();
const machine = circumstances();
const browser = await chromium.launch({ executablePath: (await findBrowser()) ?? '', args: ['--no-sandbox'] });
try {
  const times = await withCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none' }, async (addresses, gofer) => {
    for (const document of [APART, FAN]) await runToItsEnd(gofer, document);
    return {
      apart: await timeToInteractive(browser, addresses, 'apart', '[data-node="t-0-0"]'),
      fan: await timeToInteractive(browser, addresses, 'fan', '[data-node="first"]'),
    };
  });
  const frames = await withCluster({}, (addresses, gofer) => framesWhileLogging(browser, addresses, gofer));
  console.table({
    'ms until 1,000 nodes can be used': times.apart,
    'ms until 3 nodes for 1,000 tasks can be used': times.fan,
    ...frames,
  });
  if (flags.save) await save('console-latest', { ...machine, ...times, frames });
} finally {
  await browser.close();
}
