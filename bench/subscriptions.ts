/**
 * Measures how punctually very many interval subscriptions run, with a scheduler that runs nothing.
 *
 *   npm run bench:subscriptions [-- --subscriptions 5000] [-- --minutes 5] [-- --save]
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startCluster } from '../test/helpers/cluster.ts';
import { circumstances, save } from './report.ts';

const NAMESPACE = 'subscribed';
const PIPELINES = 100;
const EVERY_MS = 60_000;
/** What a tick may be late in the goal, in milliseconds. */
const GOAL_MS = 2_000;

const { values: flags } = parseArgs({
  options: {
    subscriptions: { type: 'string', default: '5000' },
    minutes: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false },
  },
});
const count = Number(flags.subscriptions);
const minutes = Number(flags.minutes);

const machine = circumstances();
console.error('starting PostgreSQL, Temporal, the API and a worker');
const cluster = await startCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none', GOFER_WEB_API__LOG_LEVEL: 'info' });
const database = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
try {
  await database.connect();
  await cluster.startWorker();
  await until(
    'the extension is there',
    async () => (await number(`select count(*) from extensions where id = 'interval'`)) > 0,
  );
  console.error(`subscribing ${count} times`);
  const subscribing = performance.now();
  await subscribe();
  await until(
    'all are subscribed',
    async () => (await number('select count(*) from subscriptions where tick_due is null')) === 0,
  );
  const subscribeSeconds = Math.round((performance.now() - subscribing) / 1000);
  console.error(`subscribed in ${subscribeSeconds} s; measuring for ${minutes} minutes`);
  const begin = Date.now();
  const samples = [];
  for (let minute = 0; minute <= minutes; minute += 1) {
    if (minute > 0) await sleep(60_000);
    samples.push({ minute, ...(await memoryMiB()), ...(await runs(begin)) });
    console.error(JSON.stringify(samples.at(-1)));
  }
  // Those of the last seconds may still be on their way, and are waited for.
  const end = Date.now();
  await sleep(10_000);
  const result = {
    ...machine,
    subscriptions: count,
    minutes,
    subscribeSeconds,
    ...(await lateness(begin, end)),
    samples,
  };
  console.table(Object.fromEntries(Object.entries(result).filter(([, value]) => typeof value === 'number')));
  await save('subscriptions-latest', result);
  if (flags.save) await save(`subscriptions-${machine.date.slice(0, 10)}`, result);
  if (result.lost > 0 || result.p99 > GOAL_MS) process.exitCode = 1;
} finally {
  await database.end();
  await cluster.stop();
}

/** As the API does it, but all at once: their ages are spread over one interval, and so are their ticks. */
async function subscribe(): Promise<void> {
  await database.query('insert into namespaces (id, name, description) values ($1, $1, $1)', [NAMESPACE]);
  await database.query(
    `insert into pipelines (namespace_id, pipeline_id, last_version) select $1, 'pipeline-' || n, 1 from generate_series(1, $2::integer) n`,
    [NAMESPACE, PIPELINES],
  );
  const task = {
    ...{ id: 'main', description: '', image: 'gofer/base:1', registry_auth: null, depends_on: {}, variables: [] },
    ...{ entrypoint: null, command: ['true'], inject_api_token: false, always_pull_newest_image: false },
  };
  await database.query(
    `insert into pipeline_configs (namespace_id, pipeline_id, version, name, description, parallelism, tasks, state)
     select $1, 'pipeline-' || n, 1, '', '', 0, $3, 'live' from generate_series(1, $2::integer) n`,
    [NAMESPACE, PIPELINES, JSON.stringify({ main: task })],
  );
  await database.query(
    `insert into subscriptions (namespace_id, pipeline_id, extension_id, subscription_id, settings, created)
     select $1, 'pipeline-' || (1 + n % $2::integer), 'interval', 'every-minute-' || n, '{"every": "1m"}',
       now() - make_interval(secs => $4 / 1000.0 * n / $3)
     from generate_series(1, $3::integer) n`,
    [NAMESPACE, PIPELINES, count, EVERY_MS],
  );
}

/** How late the runs of the ticks between two moments were recorded, in milliseconds, and how many were not. */
async function lateness(begin: number, end: number) {
  const { rows } = await database.query<{ late: number }>(
    `select extract(epoch from r.started - substr(t.identity, 6)::timestamptz)::float8 * 1000 as late
     from run_triggers t join runs r using (namespace_id, pipeline_id, run_id)
     where substr(t.identity, 6)::timestamptz between to_timestamp($1 / 1000.0) and to_timestamp($2 / 1000.0)`,
    [begin, end],
  );
  const expected = await number(
    `select sum(floor((${end} - made) / ${EVERY_MS}) - floor((${begin} - made - 1) / ${EVERY_MS}))
     from (select round(extract(epoch from created) * 1000) as made from subscriptions where extension_id = 'interval') s`,
  );
  const sorted = rows.map(({ late }) => late).toSorted((a, b) => a - b);
  const percentile = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return {
    ticks: rows.length,
    lost: expected - rows.length,
    ...{ p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), max: percentile(1) },
  };
}

/** What became of the runs so far. */
async function runs(begin: number): Promise<Readonly<Record<string, number>>> {
  const { rows } = await database.query<{ what: string; count: string }>(
    `select case when ended is not null then 'ended' when dispatched is null then 'waiting' else 'started' end as what, count(*)
     from runs where started > to_timestamp($1 / 1000.0) group by 1`,
    [begin],
  );
  return {
    ended: 0,
    started: 0,
    waiting: 0,
    ...Object.fromEntries(rows.map(({ what, count }) => [what, Number(count)])),
  };
}

/** What the processes of the cluster have in memory, by the names of their programs. */
async function memoryMiB(): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const id of await descendants(process.pid)) {
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')),
    );
    const [, kib = '0'] = /^RssAnon:\s+(\d+)/m.exec(status ?? '') ?? [];
    const name = /service\0(api|worker)/.exec(command ?? '')?.[1] ?? /temporal|postgres/.exec(command ?? '')?.[0];
    if (name !== undefined) sums[name] = Math.round((sums[name] ?? 0) + Number(kib) / 1024);
  }
  return sums;
}

async function descendants(root: number): Promise<number[]> {
  const parents = new Map<number, number[]>();
  for (const entry of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  for (let queue = [root]; queue.length > 0;) {
    queue = queue.flatMap((id) => parents.get(id) ?? []);
    found.push(...queue);
  }
  return found;
}

async function number(sql: string): Promise<number> {
  const { rows } = await database.query<{ value: string }>({ text: `select (${sql}) as value` });
  return Number(rows[0]?.value);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30 * 60_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(500);
  }
}
