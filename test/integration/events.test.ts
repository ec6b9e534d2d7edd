import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneEvents } from '../../services/housekeeping.ts';
import { EventFeed } from '../../services/event-feed.ts';
import { openStore, type Store } from '../../store/client.ts';
import { startCluster, type Cluster } from '../helpers/cluster.ts';
import { clientFor } from '../helpers/gofer.ts';

/** Two API processes in front of one database, and nobody else who writes events. */
let cluster: Cluster;
let urls: readonly string[];
let store: Store;
let database: pg.Client;

beforeAll(async () => {
  cluster = await startCluster();
  urls = [cluster.addresses.apiUrl, (await cluster.startApi()).url];
  store = openStore(cluster.addresses.databaseUrl, () => undefined);
  database = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await store.close();
  await cluster.stop();
});

/** Writes events one after the other on a connection of its own. */
async function write(writer: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
  await client.connect();
  for (let n = 0; n < count; n += 1) {
    const kind = { created_namespace: { namespace_id: `${writer}-${n}` } };
    await client.query('select record_event($1)', [JSON.stringify(kind)]);
  }
  await client.end();
}

async function storedIds(): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>('select id from events order by seq');
  return rows.map(({ id }) => id);
}

async function lastId(): Promise<string> {
  return (await storedIds()).at(-1) ?? '';
}

/** Opens a stream of server-sent events. */
async function open(url: string, query: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = get(`${url}/api/events?${query}`, {
    headers: {
      authorization: `Bearer ${cluster.addresses.token}`,
      'gofer-api-version': 'v0',
      accept: 'text/event-stream',
      ...headers,
    },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** The ids of server-sent events, until there are enough of them or the stream ends. */
async function readIds(stream: IncomingMessage, enough = Infinity): Promise<string[]> {
  const ids: string[] = [];
  stream.on('error', () => undefined);
  for await (const line of createInterface(stream)) {
    if (line.startsWith('id: ')) ids.push(line.slice(4));
    if (ids.length === enough) break;
  }
  stream.destroy();
  return ids;
}

/** The ids that a follower on a web socket gets behind a certain event. */
async function followIds(apiUrl: string, behind: string, enough: number): Promise<string[]> {
  const gofer = clientFor({ ...cluster.addresses, apiUrl });
  const ids: string[] = [];
  const stop = new AbortController();
  for await (const { id } of gofer.followEvents({ history: true, signal: stop.signal })) {
    if (id > behind) ids.push(id);
    if (ids.length === enough) break;
  }
  stop.abort();
  return ids;
}

test('followers of all processes see all events of concurrent writers once and in the same order', async () => {
  await write('before', 1);
  const start = await lastId();
  const followers = urls.flatMap((url) => [
    followIds(url, start, 500),
    open(url, `after=${start}`).then((stream) => readIds(stream, 500)),
  ]);
  await Promise.all(Array.from({ length: 8 }, (_, n) => write(`writer-${n}`, n < 4 ? 63 : 62)));
  const expected = (await storedIds()).filter((id) => id > start);
  expect(expected).toHaveLength(500);
  expect(expected).toEqual(expected.toSorted());
  for (const ids of await Promise.all(followers)) expect(ids).toEqual(expected);
});

test('a follower that comes back, to another process, goes on behind its last event', async () => {
  const start = await lastId();
  const first = readIds(await open(urls[0] ?? '', `after=${start}`), 40);
  await Promise.all([write('a', 50), write('b', 50)]);
  const seen = await first;
  const rest = readIds(await open(urls[1] ?? '', `after=${start}`, { 'last-event-id': seen.at(-1) ?? '' }), 60);
  expect([...seen, ...(await rest)]).toEqual((await storedIds()).filter((id) => id > start));

  const [, second = '', third = ''] = seen;
  await database.query('delete from events where id = $1', [second]);
  const behindDeleted = await open(urls[0] ?? '', '', { 'last-event-id': second });
  expect(await readIds(behindDeleted, 1)).toEqual([third]);
  const backwards = await open(urls[0] ?? '', 'history=true&reverse=true', { 'last-event-id': second });
  expect((await readIds(backwards)).slice(0, 1)).toEqual([seen[0]]);
});

test('an id that is none is refused', async () => {
  for (const [query, headers] of [
    ['after=x', {}],
    ['', { 'last-event-id': 'x' }],
  ] as const) {
    const answer = await open(urls[0] ?? '', query, headers);
    expect(answer.statusCode).toBe(400);
    answer.destroy();
  }
});

test('ids ascend when the clock is set back and the newest events are deleted', async () => {
  await database.query(`select setval('event_clock', last_value + 4096000::bigint * 3600) from event_clock`);
  await write('late', 1);
  const last = await lastId();
  await database.query('delete from events where id = $1', [last]);
  await write('later', 2);
  const ids = await storedIds();
  expect(ids.at(-2)?.localeCompare(last)).toBe(1);
  expect(ids).toEqual(ids.toSorted());
  expect(ids.at(-1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('nothing is lost when the connections that listen are killed', async () => {
  const start = await lastId();
  const followers = await Promise.all(urls.map((url) => open(url, `after=${start}`)));
  const reading = Promise.all(followers.map((stream) => readIds(stream, 200)));
  const writing = Promise.all([write('x', 100), write('y', 100)]);
  const { rowCount } = await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and pid <> pg_backend_pid()`,
  );
  expect(rowCount).toBeGreaterThanOrEqual(2);
  await writing;
  const expected = (await storedIds()).filter((id) => id > start);
  expect(await reading).toEqual([expected, expected]);
});

test('a reader of history stays in order while old events are pruned', async () => {
  await database.query(
    `select record_event('{"created_namespace": {"namespace_id": "old"}}') from generate_series(1, 5000)`,
  );
  await database.query(`update events set emitted = now() - interval '1 day'`);
  await write('new', 10);
  const stop = new AbortController();
  const ids: string[] = [];
  const before = await storedIds();
  const pruneAll = async (): Promise<number> => {
    const { done, more } = await pruneEvents(store.db, 3600);
    return more ? done + (await pruneAll()) : done;
  };
  let pruned = 0;
  for await (const { id } of new EventFeed(store.db).follow('oldest', stop.signal)) {
    ids.push(id);
    if (ids.length === 700) pruned = await pruneAll();
    if (id === before.at(-1)) stop.abort();
  }
  expect(pruned).toBeGreaterThanOrEqual(5000);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.slice(-10)).toEqual(before.slice(-10));
  expect(await storedIds()).toHaveLength(10);
});

test('a slow reader makes the server wait instead of remember', async () => {
  // The events are more than this process can have in memory.
  const api = await cluster.startApi({ NODE_OPTIONS: '--max-old-space-size=160' });
  const start = await lastId();
  const kind = { created_namespace: { namespace_id: 'x'.repeat(10_000) } };
  await database.query('select record_event($1) from generate_series(1, 30000)', [JSON.stringify(kind)]);
  const ids: string[] = [];
  const stream = await open(api.url, `after=${start}`);
  for await (const line of createInterface(stream)) {
    if (line.startsWith('id: ')) ids.push(line.slice(4));
    // The server answers another client while this one does not read.
    if (ids.length % 2000 === 1) await (await fetch(`${api.url}/healthz`)).text();
    if (ids.length === 30_000) break;
  }
  stream.destroy();
  expect(ids).toEqual((await storedIds()).filter((id) => id > start));
});
