import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { secretIdentity } from '../../core/secrets.ts';
import { GoferClient } from '../../sdk/client.ts';
import { extensionIdentity } from '../../services/extension-settings.ts';
import { createSealer, singleKey } from '../../services/sealing.ts';
import { type Cluster, startCluster } from '../helpers/cluster.ts';
import { pipelineOf, shellTask } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';

const OLD = 'the first key, long enough for the check';
const NEW = 'the second key, long enough for the check';
const BOTH = { GOFER_WEB_SECRET_STORE__KEYS__NEW: NEW };
const ONLY_NEW = { ...BOTH, GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: undefined };
const PIPELINE = { namespace: 'default', pipeline: 'rotated' };
const KEYS = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
const CONTAINER = extensionIdentity('rotated', 'secret');

let cluster: Cluster;
let database: pg.Client;
beforeAll(async () => {
  cluster = await startCluster({ GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: OLD });
  database = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await cluster?.stop();
});

const clientOf = (apiBaseUrl: string) => new GoferClient({ apiBaseUrl, token: cluster.addresses.token });
const rotate = (url: string) =>
  runProgram(['secret', 'rotate-keys', '--json'], {
    GOFER_API_BASE_URL: url,
    GOFER_TOKEN: cluster.addresses.token,
    HOME: '/nonexistent',
  });

/** How everything was encrypted before keys had ids. */
function sealedBefore(text: string, identity: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', createHash('sha256').update(OLD).digest(), nonce);
  cipher.setAAD(Buffer.from(identity));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** In how many places of the whole database this text stands, by table and column. */
async function placesOf(text: string): Promise<Record<string, number>> {
  const { rows: columns } = await database.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'public' and data_type in ('text', 'jsonb', 'json', 'ARRAY')`,
  );
  const places: Record<string, number> = {};
  for (const { table, column } of columns) {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::int as count from "${table}" where position($1 in "${column}"::text) > 0`,
      [text],
    );
    if (rows[0]?.count) places[`${table}.${column}`] = rows[0].count;
  }
  return places;
}

test('everything is encrypted with one key at first', async () => {
  const gofer = clientOf(cluster.addresses.apiUrl);
  const document = pipelineOf(
    PIPELINE.pipeline,
    shellTask('main', 'true', {
      inject_api_token: true,
      registry_auth: { user: 'robot', pass: 'of a registry' },
    }),
  );
  await gofer.configs.register('default', document);
  await gofer.runs.start(PIPELINE);
  await gofer.secrets.put(PIPELINE, { key: 'mail', content: 'of a pipeline', force: false });
  await gofer.secrets.putGlobal({ key: 'all', content: 'of all', namespaces: [], force: false });
  const extension = { id: 'rotated', image: 'none', settings: { API_TOKEN: 'of an extension' } };
  await gofer.api.POST('/api/extensions', {
    body: { ...extension, registry_auth: { user: 'robot', pass: 'of its registry' }, additional_roles: [] },
  });
  await database.query(`insert into global_secrets (key, sealed, namespaces) values ('before', $1, '{}')`, [
    sealedBefore('of before', secretIdentity({ key: 'before' })),
  ]);
  const sealer = createSealer(singleKey(OLD));
  await database.query('update extensions set sealed_secret = $1', [sealer.seal('of its container', CONTAINER)]);
  await database.query(
    `insert into global_secrets (key, sealed, namespaces) select key, sealed, '{}' from unnest($1::text[], $2::text[]) as t(key, sealed)`,
    [KEYS, KEYS.map((key) => sealer.seal(key, secretIdentity({ key })))],
  );
  expect(Object.keys(await placesOf('g1:default:')).toSorted()).toEqual([
    'extensions.registry_pass',
    'extensions.sealed_secret',
    'extensions.secret_settings',
    'global_secrets.sealed',
    'pipeline_configs.registry_auths',
    'pipeline_secrets.sealed',
  ]);
});

test('an API with another key under the same id is not started', async () => {
  await expect(cluster.startApi({ GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: NEW })).rejects.toThrow(
    "the key 'default' is not the one that sealed the secrets of this database",
  );
});

test('an API process that dies in the middle has done a part of it', async () => {
  const doomed = await cluster.startApi(BOTH);
  const broken = clientOf(doomed.url).secrets.rotateKeys();
  broken.catch(() => undefined);
  await vi.waitFor(async () => expect((await placesOf('g1:new:'))['global_secrets.sealed'] ?? 0).toBeGreaterThan(200), {
    timeout: 20_000,
    interval: 20,
  });
  await doomed.kill('SIGKILL');
  await expect(broken).rejects.toThrow(Error);
  expect((await placesOf('g1:default:'))['global_secrets.sealed']).toBeGreaterThan(0);
});

test('the next one goes on, beside somebody who stores and reads', async () => {
  const both = await cluster.startApi(BOTH);
  const writing = new AbortController();
  const writer = (async () => {
    for (let n = 0; !writing.signal.aborted; n++) {
      await clientOf(both.url).secrets.putGlobal({ key: 'all', content: `of all ${n}`, namespaces: [], force: true });
      expect((await clientOf(both.url).secrets.getGlobal('all', true)).secret).toBe(`of all ${n}`);
    }
  })();
  const { code, stdout, stderr } = await rotate(both.url);
  writing.abort();
  await writer;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ re_encrypted: expect.any(Number), remaining: 0, failures: [] });
  expect((JSON.parse(stdout) as { re_encrypted: number }).re_encrypted).toBeGreaterThan(0);
  expect(await placesOf('g1:default:')).toEqual({});
  expect(JSON.parse((await rotate(both.url)).stdout)).toMatchObject({ re_encrypted: 0, remaining: 0 });
});

test('then the old key can go', async () => {
  const after = clientOf((await cluster.startApi(ONLY_NEW)).url);
  const { rows } = await database.query<{ sealed: string }>('select sealed_secret as sealed from extensions');
  expect(createSealer(singleKey(NEW, 'new')).open(rows[0]?.sealed ?? '', CONTAINER)).toBe('of its container');
  const valueOf = async (key: string) => (await after.secrets.getGlobal(key, true)).secret;
  expect(await valueOf('before')).toBe('of before');
  expect(await valueOf('all')).toMatch(/^of all \d+$/);
  for (const key of [KEYS[0], KEYS[500], KEYS.at(-1)]) expect(await valueOf(key ?? '')).toBe(key);
  expect((await after.secrets.get(PIPELINE, 'mail', true)).secret).toBe('of a pipeline');
  expect((await after.secrets.get(PIPELINE, 'gofer_api_token_run_id_1', true)).secret).toMatch(/^[A-Za-z0-9]{32}$/);
});

test('a value whose key is lost, or that was copied from elsewhere, is named and stops nothing', async () => {
  await database.query(
    `insert into global_secrets (key, sealed, namespaces) select 'copied', sealed, '{}' from global_secrets where key = 'all'`,
  );
  const lost = createSealer(singleKey('a key that nobody has any more, alas', 'lost'));
  await database.query(`insert into global_secrets (key, sealed, namespaces) values ('lost', $1, '{}')`, [
    lost.seal('of nobody', secretIdentity({ key: 'lost' })),
  ]);
  const { url } = await cluster.startApi({ ...ONLY_NEW, GOFER_WEB_SECRET_STORE__KEYS__NEXT: OLD, ...active('next') });
  const { code, stderr } = await rotate(url);
  expect(code).toBe(1);
  expect(stderr).toMatch(/2 cannot be decrypted/);
  expect(Object.keys(await placesOf('g1:new:'))).toEqual(['global_secrets.sealed']);
  await expect(clientOf(url).secrets.getGlobal('lost', true)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining("'lost', which is not configured"),
  });
  await expect(clientOf(url).secrets.getGlobal('copied', true)).rejects.toMatchObject({ status: 503 });
});

const active = (id: string) => ({ GOFER_WEB_SECRET_STORE__ACTIVE_KEY: id });
