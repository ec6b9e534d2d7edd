import { beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Permission } from '../../core/permissions.ts';
import type {
  ConsoleSession,
  ListPipelineActivityResponse,
  ListRunActivityResponse,
  ListScheduledStartsResponse,
  Run,
  Subscription,
} from '../../sdk/wire.ts';
import { callerWith, headersOf, tokenWith } from '../helpers/callers.ts';
import { clientFor, pipelineOf, shellTask, uniqueId, untilComplete, untilRun } from '../helpers/gofer.ts';
import { call, HEADERS } from './helpers/raw-api.ts';

const { apiUrl } = inject('cluster');
const gofer = clientFor();
const namespace = uniqueId('act');
const DAY_MS = 24 * 60 * 60 * 1000;

async function get<Body>(path: string, secret?: string): Promise<Body> {
  const answer = await call('GET', path, undefined, secret === undefined ? HEADERS : headersOf(secret));
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Body;
}

const keys = (runs: readonly Run[]) =>
  runs.filter((run) => run.namespace_id === namespace).map((run) => `${run.pipeline_id}/${run.run_id}`);

/** `busy` runs and waits behind itself, `broken` has failed, `idle` does nothing. */
beforeAll(async () => {
  await gofer.namespaces.create({ id: namespace, name: namespace, description: '' });
  const busy = { ...pipelineOf('busy', shellTask('work', 'sleep 600')), parallelism: 1 };
  const broken = { ...pipelineOf('broken', shellTask('work', 'exit ${CODE:-0}')), name: 'Often Breaks' };
  for (const document of [busy, broken, pipelineOf('idle', shellTask('work', 'true'))]) {
    await gofer.configs.register(namespace, document);
  }
  for (const code of ['0', '3', '0']) {
    const { run } = await gofer.runs.start({ namespace, pipeline: 'broken' }, { CODE: code });
    await untilComplete(gofer, { namespace, pipeline: 'broken', run: run.run_id });
  }
  await gofer.runs.start({ namespace, pipeline: 'busy' });
  await untilRun(gofer, { namespace, pipeline: 'busy', run: 1 }, ({ state }) => state === 'running');
  await gofer.runs.start({ namespace, pipeline: 'busy' });
  return () => Promise.all([1, 2].map((run) => gofer.runs.cancel({ namespace, pipeline: 'busy', run })));
});

test('pipelines come with their newest runs, and can be searched', async () => {
  const { pipelines } = await get<ListPipelineActivityResponse>(`/api/activity/pipelines?search=${namespace}/&runs=2`);
  expect(pipelines.map(({ pipeline_id: id }) => id)).toEqual(['broken', 'busy', 'idle']);
  const [broken, busy, idle] = pipelines;
  expect(broken).toMatchObject({ namespace_id: namespace, name: 'Often Breaks', state: 'active' });
  expect(broken?.runs.map(({ run_id, status }) => [run_id, status])).toEqual([
    [3, 'successful'],
    [2, 'failed'],
  ]);
  const { run } = await gofer.runs.get({ namespace, pipeline: 'broken', run: 3 });
  expect(broken?.runs[0]).toEqual({
    run_id: 3,
    state: 'complete',
    status: 'successful',
    started: run.started,
    ended: run.ended,
  });
  expect(busy?.runs.map(({ state, ended }) => [state, ended])).toEqual([
    ['pending', 0],
    ['running', 0],
  ]);
  expect(idle?.runs).toEqual([]);
  const found = await get<ListPipelineActivityResponse>('/api/activity/pipelines?search=OFTEN%20breaks');
  expect(found.pipelines.some(({ namespace_id: id }) => id === namespace)).toBe(true);
});

test('pipelines come in pages', async () => {
  const path = `/api/activity/pipelines?search=${namespace}/&limit=2`;
  const first = await get<ListPipelineActivityResponse>(path);
  expect(first.pipelines.map(({ pipeline_id: id }) => id)).toEqual(['broken', 'busy']);
  const second = await get<ListPipelineActivityResponse>(`${path}&cursor=${first.next_cursor}`);
  expect(second.pipelines.map(({ pipeline_id: id }) => id)).toEqual(['idle']);
  expect(second.next_cursor).toBeUndefined();
});

test('runs are under way, wait and say for what, or have failed lately', async () => {
  const activity = await get<ListRunActivityResponse>('/api/activity/runs?limit=200');
  expect(keys(activity.running)).toEqual(['busy/1']);
  expect(keys(activity.waiting)).toEqual(['busy/2']);
  expect(keys(activity.failed)).toEqual(['broken/2']);
  expect(activity.waiting.find((run) => run.namespace_id === namespace)?.detail?.message).toMatch(/waits|wait/);
  const later = await get<ListRunActivityResponse>(`/api/activity/runs?failed_after=${Date.now() + DAY_MS}`);
  expect(later.failed).toEqual([]);
});

describe('scheduled starts', () => {
  const place = (pipeline: string) => `/api/namespaces/${namespace}/pipelines/${pipeline}/subscriptions`;
  const done = async (method: string, path: string, body: object) => {
    const { status, text } = await call(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${text}`);
  };
  const starts = async (secret?: string) =>
    (await get<ListScheduledStartsResponse>('/api/activity/starts?limit=200', secret)).starts
      .filter((start) => start.namespace_id === namespace)
      .map((start) => `${start.pipeline_id}/${start.extension_id}/${start.subscription_id}`);

  beforeAll(async () => {
    await gofer.configs.register(namespace, pipelineOf('off', shellTask('work', 'true')));
    const interval = (id: string, every: string) => ({
      extension_id: 'interval',
      subscription_id: id,
      settings: { every },
    });
    await done('POST', place('idle'), interval('later', '9h'));
    await done('POST', place('idle'), interval('sooner', '8h'));
    await done('POST', place('idle'), interval('silent', '7h'));
    await done('POST', place('off'), interval('never', '7h'));
    await done('POST', place('broken'), interval('last', '10h'));
    await done('PATCH', `${place('idle')}/interval/silent`, { status: 'disabled' });
    await done('PATCH', `/api/namespaces/${namespace}/pipelines/off`, { state: 'disabled' });
  });

  test('are those of what is switched on, the earliest first', async () => {
    const wanted = ['idle/interval/sooner', 'idle/interval/later', 'broken/interval/last'];
    // First of all each is due now, for its next time to be found.
    await vi.waitFor(async () => expect(await starts()).toEqual(wanted), { timeout: 30_000, interval: 200 });
    const { body } = await call('GET', `${place('idle')}/interval/later`);
    const { next, last_run: lastRun } = body['subscription'] as Subscription;
    const { starts: all } = await get<ListScheduledStartsResponse>('/api/activity/starts?limit=200');
    const at = all.find((start) => start.namespace_id === namespace && start.subscription_id === 'later')?.at;
    expect([at, lastRun]).toEqual([next?.[0], undefined]);
  });

  test('are shown to whoever may read the subscriptions', async () => {
    const of = (part: string): Permission[] => [
      { resources: [`namespaces:^${namespace}$`, 'pipelines:^broken$', part], actions: ['read'] },
    ];
    expect(await starts(await callerWith(of('subscriptions')))).toEqual(['broken/interval/last']);
    const other = headersOf(await callerWith(of('runs')));
    expect(await call('GET', '/api/activity/starts', undefined, other)).toMatchObject({ status: 401 });
  });
});

test('nobody sees more than one of their roles lets them', async () => {
  const readerOf = (pipeline: string): Permission[] => [
    { resources: [`namespaces:^${namespace}$`, `pipelines:^${pipeline}$`, 'runs'], actions: ['read'] },
  ];
  const secret = await callerWith(readerOf('busy'), [{ resources: [`pipelines:^broken$`, 'runs'], actions: ['read'] }]);
  const { pipelines } = await get<ListPipelineActivityResponse>('/api/activity/pipelines?limit=1', secret);
  expect(pipelines.map(({ pipeline_id: id }) => id)).toEqual(['busy']);
  const runs = await get<ListRunActivityResponse>('/api/activity/runs?limit=200', secret);
  expect([runs.running, runs.waiting, runs.failed].map((list) => list.map(({ pipeline_id: id }) => id))).toEqual([
    ['busy'],
    ['busy'],
    [],
  ]);
});

test('a session stands for its token until that is switched off', async () => {
  const secret = await tokenWith(['user']);
  const created = await fetch(`${apiUrl}/api/console/session`, { method: 'POST', headers: headersOf(secret) });
  expect(created.status).toBe(201);
  const session = (await created.json()) as ConsoleSession;
  expect(session).toMatchObject({ user: 'tester', administrator: false, roles: [{ id: 'user' }] });
  const cookie = created.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(cookie).not.toContain(secret);

  const ask = () => fetch(`${apiUrl}/api/console/session`, { headers: { cookie, 'sec-fetch-site': 'same-origin' } });
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(session);

  const forged = {
    cookie: cookie.replace(/.(?=.{20}$)/, (each) => (each === 'A' ? 'B' : 'A')),
    'sec-fetch-site': 'same-origin',
  };
  expect((await fetch(`${apiUrl}/api/console/session`, { headers: forged })).status).toBe(401);

  expect((await call('PATCH', `/api/tokens/${session.token_id}`, { disabled: true })).status).toBe(204);
  expect((await ask()).status).toBe(401);
  expect((await call('DELETE', `/api/tokens/${session.token_id}`)).status).toBe(204);
  expect((await ask()).status).toBe(401);
});
