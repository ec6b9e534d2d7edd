import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { clientFor, logOf, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { call, createNamespace, expectError, NAMESPACE, place, registered } from './helpers/raw-api.ts';

beforeAll(createNamespace);

const gofer = clientFor();
const VALUE = 'do not tell anybody';
const GLOBAL = '/api/secrets/global';

/** What both levels have in common: where they are, and what a body needs besides. */
interface Level {
  readonly collection: string;
  readonly more: object;
  /** What the answer to a creation and what a later one says about namespaces. */
  readonly namespaces: readonly [string[], string[]];
}

async function pipelineLevel(): Promise<Level> {
  return { collection: `${place(await registered())}/secrets`, more: {}, namespaces: [[], [NAMESPACE]] };
}

async function globalLevel(): Promise<Level> {
  const namespaces = ['^default$', 'dev'];
  return { collection: GLOBAL, more: { namespaces }, namespaces: [namespaces, namespaces] };
}

describe.each([
  ['of a pipeline', pipelineLevel],
  ['of all', globalLevel],
])('secrets %s', (_name, levelOf) => {
  let level: Level;
  beforeAll(async () => {
    level = await levelOf();
  });
  const put = (key: unknown, more: object = {}) =>
    call('POST', level.collection, { key, content: VALUE, force: false, ...level.more, ...more });
  const get = (key: string, query = '?include_secret=true') => call('GET', `${level.collection}/${key}${query}`);

  test('are stored, shown to who asks for the value, replaced by force, and deleted', async () => {
    const key = uniqueId('mail');
    const created = await put(key);
    const [first, later] = level.namespaces;
    expect(created.status).toBe(201);
    expect(created.body).toEqual({ secret: { key, namespaces: first, created: expect.any(Number) } });
    const metadata = { key, namespaces: later, created: expect.any(Number) };
    expect((await get(key)).body).toEqual({ metadata, secret: VALUE });
    expect((await get(key, '?include_secret=false')).body).toEqual({ metadata, secret: null });
    const list = await call('GET', level.collection);
    expect(list.body['secrets']).toContainEqual(metadata);
    for (const { text } of [created, list]) expect(text).not.toContain(VALUE);

    expectError(await put(key, { content: 'other' }), 409);
    expect((await get(key)).body['secret']).toBe(VALUE);
    expect((await put(key, { content: '', force: true })).status).toBe(201);
    expect((await get(key)).body['secret']).toBe('');

    expect(await call('DELETE', `${level.collection}/${key}`)).toMatchObject({ status: 204, text: '' });
    expectError(await get(key), 404);
    expectError(await call('DELETE', `${level.collection}/${key}`), 404);
    const after = await call('GET', level.collection);
    expect((after.body['secrets'] as { key: string }[]).map((secret) => secret.key)).not.toContain(key);
  });

  test('keep every character of value and key', async () => {
    const key = `${uniqueId('k')} _.:%2B?ä`;
    const content = '  \r\n"\\ {{x}} ünïcödé \u{1f511}\t';
    expect((await put(key, { content })).status).toBe(201);
    expect((await get(encodeURIComponent(key))).body).toMatchObject({ metadata: { key }, secret: content });
    expect((await call('DELETE', `${level.collection}/${encodeURIComponent(key)}`)).status).toBe(204);
  });

  test('take a word about the value to be read', async () => {
    expect.hasAssertions();
    for (const query of ['', '?include_secret=', '?include_secret=yes']) expectError(await get('ghost', query), 400);
    expectError(await get('ghost'), 404);
  });

  test.each<[string, unknown, object?]>([
    ['an empty key', ''],
    ['a key with a slash', 'a/b'],
    ['a key with a line break', 'a\nb'],
    ['a key that is too long', 'k'.repeat(129)],
    ['a reserved key', 'gofer_api_token_run_id_7'],
    ['a key that is no text', 7],
    ['a value with NUL', 'key', { content: 'a\0b' }],
    ['half a character for a value', 'key', { content: '\ud83d' }],
    ['no value', 'key', { content: undefined }],
    ['no word about force', 'key', { force: undefined }],
    ['a word for force', 'key', { force: 'yes' }],
  ])('with %s are a 400', async (_what, key, more = {}) => {
    const answer = await put(key, more);
    expectError(answer, 400);
    expect(answer.text).not.toContain(VALUE);
  });
});

test('a secret of a pipeline that is missing is a 404', async () => {
  const collection = `${place('ghost')}/secrets`;
  expectError(await call('POST', collection, { key: 'a', content: 'b', force: true }), 404);
  expectError(await call('GET', `${collection}/a?include_secret=true`), 404);
  expect((await call('GET', collection)).body).toEqual({ secrets: [] });
});

test.each([
  ['no namespaces', {}],
  ['a pattern that is none', { namespaces: ['('] }],
  ['an empty pattern', { namespaces: [''] }],
  ['a pattern with NUL', { namespaces: ['a\0b'] }],
])('a global secret with %s is a 400', async (_name, more) => {
  expect.hasAssertions();
  expectError(await call('POST', GLOBAL, { key: uniqueId('bad'), content: 'x', force: false, ...more }), 400);
});

test('force changes the namespaces of a global secret', async () => {
  const key = uniqueId('wide');
  const put = (namespaces: string[]) => call('POST', GLOBAL, { key, content: 'x', namespaces, force: true });
  await put(['a']);
  expect((await put(['b', 'c'])).body).toMatchObject({ secret: { namespaces: ['b', 'c'] } });
  await call('DELETE', `${GLOBAL}/${key}`);
});

describe('the record of who read what', () => {
  interface AuditEvent {
    readonly id: number;
    readonly action: string;
    readonly actor: Readonly<Record<string, unknown>>;
    readonly secret?: Readonly<Record<string, unknown>>;
  }
  const auditPage = async (query = '') => {
    const { status, body, text } = await call('GET', `/api/audit${query}`);
    expect(status).toBe(200);
    expect(text).not.toContain(VALUE);
    return body as unknown as { audit_events: AuditEvent[]; next_cursor?: string };
  };
  /** What is recorded about a secret, the oldest first. */
  const recordsOf = async (key: string) => {
    const { audit_events: events } = await auditPage('?limit=1000');
    return events.filter(({ secret }) => secret?.['key'] === key).reverse();
  };

  test('has reading, storing and deleting, but neither looking without the value nor what is refused', async () => {
    const pipeline = await registered();
    const key = uniqueId('audited');
    const collection = `${place(pipeline)}/secrets`;
    await call('POST', collection, { key, content: VALUE, force: false });
    await call('GET', `${collection}/${key}?include_secret=false`);
    await call('GET', collection);
    expectError(await call('POST', collection, { key, content: VALUE, force: false }), 409);
    await call('GET', `${collection}/${key}?include_secret=true`);
    await call('DELETE', `${collection}/${key}`);
    expectError(await call('GET', `${collection}/${key}?include_secret=true`), 404);
    const actor = { token_id: expect.stringMatching(/^[0-9a-f-]{36}$/), user: 'bootstrap' };
    const secret = { key, namespace_id: NAMESPACE, pipeline_id: pipeline };
    const records = await recordsOf(key);
    expect(records).toEqual(
      ['put_secret', 'read_secret', 'delete_secret'].map((action) => ({
        id: expect.any(Number),
        occurred: expect.any(Number),
        action,
        actor,
        secret,
      })),
    );
  });

  test('has the reading by a task', async () => {
    const key = uniqueId('audited');
    await call('POST', GLOBAL, { key, content: VALUE, namespaces: ['.*'], force: false });
    const document = pipelineOf(
      uniqueId('audited'),
      shellTask('main', 'true', { variables: { A: `global_secret{{${key}}}` } }),
    );
    const ref = await startRunOf(gofer, document);
    await untilComplete(gofer, ref);
    expect((await recordsOf(key))[1]).toMatchObject({
      action: 'read_secret',
      actor: { namespace_id: 'default', pipeline_id: document.id, run_id: 1, task_id: 'main' },
      secret: { key },
    });
    await call('DELETE', `${GLOBAL}/${key}`);
  });

  test('comes in pages, the newest first', async () => {
    const keys = Array.from({ length: 5 }, () => uniqueId('paged'));
    for (const key of keys) await call('POST', GLOBAL, { key, content: VALUE, namespaces: [], force: false });
    const seen: AuditEvent[] = [];
    let query = '?limit=2';
    while (seen.length < 6) {
      const { audit_events: events, next_cursor: cursor } = await auditPage(query);
      expect(events).toHaveLength(2);
      seen.push(...events);
      query = `?limit=2&cursor=${cursor}`;
    }
    const ids = seen.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    const ours = seen.map(({ secret }) => secret?.['key']).filter((key) => keys.includes(String(key)));
    expect(ours.reverse()).toEqual(keys.slice(-ours.length));
    expect(ours.length).toBeGreaterThan(0);
    expectError(await call('GET', '/api/audit?cursor=nonsense'), 400);
    expectError(await call('GET', '/api/audit?limit=few'), 400);
  });
});

describe('in the environment of a task', () => {
  // Shifted by 13 letters, because logs do not show secrets as they are.
  const PRINT = `printf "%s|" "$A" "$B" "$C" | tr 'a-z' 'n-za-m'`;
  const shifted = (text: string) =>
    text.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));

  async function logWith(variables: Record<string, string>, prepare: (pipeline: string) => Promise<void>) {
    const document = pipelineOf(uniqueId('secret'), shellTask('main', PRINT, { variables }));
    await gofer.configs.register('default', document);
    await prepare(document.id);
    const ref = await startRunOf(gofer, document);
    const { tasks } = await untilComplete(gofer, ref);
    return { main: tasks['main'], log: await logOf(gofer, ref, 'main') };
  }
  const putSecret = async (pipeline: string, key: string, content: string) => {
    const path = `/api/namespaces/default/pipelines/${pipeline}/secrets`;
    expect((await call('POST', path, { key, content, force: true })).status).toBe(201);
  };

  test('stand the values of secrets, and nothing is read twice', async () => {
    const key = uniqueId('shared');
    await call('POST', GLOBAL, { key, content: 'for all', namespaces: ['^def'], force: false });
    const variables = {
      A: 'pipeline_secret{{mail-key}}',
      B: ` Global_Secret{{ ${key} }} `,
      C: 'x pipeline_secret{{a}}',
    };
    const { main, log } = await logWith(variables, (id) => putSecret(id, 'mail-key', 'pipeline_secret{{mail-key}}'));
    expect(shifted(log)).toBe('pipeline_secret{{mail-key}}|for all|x pipeline_secret{{a}}|');
    expect(main).toMatchObject({ status: 'successful', exit_code: 0 });
    expect(JSON.stringify(main)).not.toContain('for all');
    await call('DELETE', `${GLOBAL}/${key}`);
  });

  test.each([
    ['a secret that is missing', { A: 'pipeline_secret{{ghost}}' }, ['ghost', "'A'"]],
    ['a global secret that is missing', { B: 'global_secret{{ghost}}' }, ['ghost', "'B'"]],
    ['an object that is missing', { C: 'pipeline_object{{ghost}}' }, ['ghost', "'C'"]],
    ['an object of the run that is missing', { C: 'run_object{{ghost}}' }, ['ghost', "'C'"]],
  ])('%s fails the task and is named', async (_name, variables, words) => {
    const { main, log } = await logWith(variables as Record<string, string>, async () => {});
    expect(main).toMatchObject({ status: 'failed', exit_code: 1, status_reason: { reason: 'failed_precondition' } });
    for (const word of words) expect(main?.status_reason?.description).toContain(word);
    expect(log).toBe('');
  });

  test('a global secret for other namespaces fails the task', async () => {
    const key = uniqueId('foreign');
    await call('POST', GLOBAL, { key, content: VALUE, namespaces: ['^other$'], force: false });
    const { main } = await logWith({ A: `global_secret{{${key}}}` }, async () => {});
    expect(main).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
    expect(main?.status_reason?.description).toContain(key);
    expect(JSON.stringify(main)).not.toContain(VALUE);
    await call('DELETE', `${GLOBAL}/${key}`);
  });

  test('lines, quotes and many bytes come through as they are', async () => {
    const content = `first 'line'\n"second" $HOME \`id\` \\ ünï \u{1f511}\n${'x'.repeat(65_536)}\n`;
    const document = pipelineOf(
      uniqueId('secret'),
      shellTask('main', 'printf %s "$A" | sha256sum', { variables: { A: 'pipeline_secret{{odd}}' } }),
    );
    await gofer.configs.register('default', document);
    await putSecret(document.id, 'odd', content);
    const ref = await startRunOf(gofer, document);
    await untilComplete(gofer, ref);
    const digest = createHash('sha256').update(content).digest('hex');
    expect(await logOf(gofer, ref, 'main')).toBe(`${digest}  -\n`);
  });

  test('a value that no variable can hold fails the task, which says how long it is', async () => {
    const { main } = await logWith({ A: 'pipeline_secret{{huge}}' }, (id) =>
      putSecret(id, 'huge', VALUE.repeat(10_000)),
    );
    expect(main).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
    expect(main?.status_reason?.description).toMatch(/^variable 'A' has 190002 bytes/);
    expect(JSON.stringify(main)).not.toContain(VALUE);
  });

  test('the token of a run is nothing to refer to', async () => {
    const { main, log } = await logWith({ A: 'pipeline_secret{{gofer_api_token_run_id_1}}' }, async () => {});
    expect(main).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
    expect(main?.status_reason?.description).toContain('inject_api_token');
    expect(log).toBe('');
  });

  test('a secret of another pipeline of the same name is not there', async () => {
    const { main } = await logWith({ A: 'pipeline_secret{{mine}}' }, async (id) => {
      await call('POST', `${place(id)}/configs`, { config: pipelineOf(id) });
      await call('POST', `${place(id)}/secrets`, { key: 'mine', content: VALUE, force: false });
    });
    expect(main?.status).toBe('failed');
  });
});
