/**
 * Measures how fast lists and single records are read over HTTP from a database with very many of them.
 *
 *   npm run bench:lists [-- --runs 1000000] [-- --seconds 5] [-- --save]
 */
import { parseArgs } from 'node:util';
import { startCluster } from '../test/helpers/cluster.ts';
import { circumstances, save } from './report.ts';
import { BIG, NAMESPACE, seed, SMALL_PIPELINES } from './seed.ts';

/** Requests a second; they begin on time whether or not those before them are over. */
const RATE = 50;
/** The first requests fill caches and open connections, and do not count. */
const WARM_UP = 25;

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false },
  },
});
const runs = Number(flags.runs);
const half = Math.ceil(runs / 2);

/** What to ask for, below the namespace; each request asks for something else where it can. */
const CASES: Readonly<Record<string, () => string>> = {
  'runs, first page': () => `${big()}/runs`,
  'runs, newest 50': () => `${big()}/runs?reverse=true`,
  'runs, page anywhere by cursor': () => `${big()}/runs?cursor=${cursorAt(anyRun())}`,
  'runs, offset in the middle': () => `${big()}/runs?offset=${Math.floor(half / 2)}`,
  'runs, failed (1 in 1,000)': () => `${big()}/runs?status=failed&reverse=true`,
  'runs, running (10)': () => `${big()}/runs?state=running`,
  'runs, cancelled (none)': () => `${big()}/runs?status=cancelled`,
  'runs, by user (1 in 100)': () => `${big()}/runs?initiator_user=ann&reverse=true`,
  'runs, started in some minute': () => {
    const after = Date.now() - Math.floor(Math.random() * half * 5000);
    return `${big()}/runs?started_after=${after}&started_before=${after + 60_000}`;
  },
  'runs of a small pipeline': () =>
    `/pipelines/small-${1 + Math.floor(Math.random() * SMALL_PIPELINES)}/runs?reverse=true`,
  'one run': () => `${big()}/runs/${anyRun()}`,
  'tasks of a run': () => `${big()}/runs/${anyRun()}/tasks`,
  'one task': () => `${big()}/runs/${anyRun()}/tasks/task-2`,
  pipelines: () => '/pipelines',
  'pipelines with their last run': () => '/pipelines?include=last_run',
};

const machine = circumstances();
console.error('starting PostgreSQL, Temporal and the API');
const cluster = await startCluster({
  GOFER_WEB_DEVELOPMENT__VALIDATE_RESPONSES: 'false',
  GOFER_WEB_API__LOG_LEVEL: 'info',
});
try {
  console.error(`seeding ${runs} runs`);
  const start = performance.now();
  await seed(cluster.addresses.databaseUrl, runs);
  const seedSeconds = Math.round((performance.now() - start) / 1000);
  console.error(`seeded in ${seedSeconds} s`);
  const cases = [];
  for (const [name, place] of Object.entries(CASES)) cases.push({ name, ...(await measure(place)) });
  console.table(Object.fromEntries(cases.map(({ name, ...numbers }) => [name, numbers])));
  const result = { ...machine, runs, seedSeconds, rate: RATE, cases };
  await save('lists-latest', result);
  if (flags.save) await save(`lists-${machine.date.slice(0, 10)}`, result);
} finally {
  await cluster.stop();
}

async function measure(place: () => string): Promise<{ p50: number; p95: number; p99: number }> {
  const count = RATE * Number(flags.seconds);
  for (let n = 0; n < WARM_UP; n += 1) await request(place());
  const begin = performance.now();
  const times = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const due = begin + (n * 1000) / RATE;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      await request(place());
      return performance.now() - due;
    }),
  );
  const sorted = times.toSorted((a, b) => a - b);
  const percentile = (share: number) => Math.round((sorted[Math.ceil(count * share) - 1] ?? NaN) * 10) / 10;
  return { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
}

async function request(place: string): Promise<void> {
  const response = await fetch(`${cluster.addresses.apiUrl}/api/namespaces/${NAMESPACE}${place}`, {
    headers: { authorization: `Bearer ${cluster.addresses.token}`, 'gofer-api-version': 'v0' },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${place}: ${response.status} ${text}`);
}

function big(): string {
  return `/pipelines/${BIG}`;
}

function anyRun(): number {
  return 1 + Math.floor(Math.random() * (half - 100));
}

/** As the API writes it; a benchmark may know what clients do not. */
function cursorAt(run: number): string {
  return Buffer.from(JSON.stringify(['runs', run, 0])).toString('base64url');
}
