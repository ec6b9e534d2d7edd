import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SecretStore } from '../../../../backends/secrets/contract.ts';
import { createSealedSecretStore } from '../../../../backends/secrets/sealed.ts';
import { createVaultSecretStore, type VaultOptions } from '../../../../backends/secrets/vault.ts';
import { createSealer, singleKey } from '../../../../services/sealing.ts';
import { startStubVault, type StubVault, type Trouble } from './stub-vault.ts';

const sealed = createSealedSecretStore(createSealer(singleKey('a key for tests, long enough for everything')));
const VALUE = 'do not tell anybody';
const MAIL = { pipeline: { namespace: 'default', pipeline: 'demo' }, key: 'mail-key' };

let vault: StubVault;
let options: VaultOptions;
beforeAll(async () => {
  vault = await startStubVault();
  options = { address: vault.address, mount: 'secret', prefix: 'gofer', token: { text: 'hvs.good' }, timeoutMs: 2_000 };
});
afterAll(() => vault.close());
beforeEach(() => {
  vault.requests.length = 0;
});

const vaultStore = (more: Partial<VaultOptions> = {}) => createVaultSecretStore({ ...options, ...more }, sealed);

describe.each<[string, () => SecretStore]>([
  ['values sealed in their records', () => sealed],
  ['values in Vault', () => vaultStore()],
])('%s', (_name, storeOf) => {
  let store: SecretStore;
  beforeAll(() => {
    store = storeOf();
  });

  test.each([
    ['a text', VALUE],
    ['an empty text', ''],
    ['lines and quotes', ' \r\n"\\\'{{x}}\t'],
    ['Unicode', 'ünïcödé \u{1f511}'],
    ['64 KB', 'ä"\n'.repeat(16_384)],
  ])('keep %s', async (_what, value) => {
    expect(await store.get(MAIL, await store.put(MAIL, value))).toBe(value);
  });

  test('keep values of the same key apart by where they belong', async () => {
    const names = [
      MAIL,
      { key: 'mail-key' },
      { pipeline: { namespace: 'default', pipeline: 'demo2' }, key: 'mail-key' },
      { pipeline: { namespace: 'other', pipeline: 'demo' }, key: 'mail-key' },
    ];
    const notes = await Promise.all(names.map((name, index) => store.put(name, `value ${index}`)));
    const values = await Promise.all(names.map((name, index) => store.get(name, notes[index] ?? '')));
    expect(values).toEqual(['value 0', 'value 1', 'value 2', 'value 3']);
  });

  test('take any key there can be', async () => {
    const keys = ['..', '.', '%2e%2e', 'a b', 'ä?#&', '~2e', 'k'.repeat(128), '\u{1f511}'];
    const notes = await Promise.all(keys.map((key) => store.put({ key }, `of ${key}`)));
    const values = await Promise.all(keys.map((key, index) => store.get({ key }, notes[index] ?? '')));
    expect(values).toEqual(keys.map((key) => `of ${key}`));
  });

  test('keep a former value until it is forgotten', async () => {
    const first = await store.put(MAIL, 'first');
    const second = await store.put(MAIL, 'second');
    expect(await store.get(MAIL, first)).toBe('first');
    await store.forget(MAIL, first);
    expect(await store.get(MAIL, second)).toBe('second');
  });

  test('do not show the value of one name under another', async () => {
    const note = await store.put(MAIL, VALUE);
    await expect(store.get({ ...MAIL, key: 'stolen' }, note)).rejects.toThrow(Error);
    await expect(store.get({ key: 'mail-key-x' }, note)).rejects.toThrow(Error);
  });

  test('say which secret does not open, without its value', async () => {
    const note = await store.put(MAIL, VALUE);
    const error = await store.get({ ...MAIL, key: 'stolen' }, note).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('stolen');
    expect(String(error)).not.toContain(VALUE);
  });
});

describe('Vault', () => {
  test('gets the documented requests', async () => {
    const store = vaultStore({ namespace: 'team-a', prefix: '/apps/gofer/' });
    const note = await store.put(MAIL, VALUE);
    await store.get(MAIL, note);
    await store.forget({ key: 'a.b' }, 'vault:3');
    expect(vault.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/secret/data/apps/gofer/pipelines/default/demo/mail-key',
        headers: { 'x-vault-token': 'hvs.good', 'x-vault-namespace': 'team-a', 'x-vault-request': 'true' },
        body: { data: { value: VALUE } },
      },
      { method: 'GET', path: '/v1/secret/data/apps/gofer/pipelines/default/demo/mail-key?version=1' },
      { method: 'POST', path: '/v1/secret/destroy/apps/gofer/global/a~2eb', body: { versions: [3] } },
    ]);
    expect(vault.requests[1]?.headers).not.toHaveProperty('content-type');
  });

  test('has no namespace unless one is configured', async () => {
    await vaultStore().put(MAIL, VALUE);
    expect(vault.requests[0]?.headers).not.toHaveProperty('x-vault-namespace');
  });

  test('leaves values that were sealed before it was chosen to the store of then', async () => {
    const note = await sealed.put(MAIL, VALUE);
    expect(await vaultStore().get(MAIL, note)).toBe(VALUE);
    await vaultStore().forget(MAIL, note);
    expect(vault.requests).toEqual([]);
  });

  test('tells a value that is gone from one it must not read', async () => {
    const store = vaultStore();
    const note = await store.put(MAIL, VALUE);
    await store.forget(MAIL, note);
    await expect(store.get(MAIL, note)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(store.get({ key: 'never' }, 'vault:1')).rejects.toMatchObject({ kind: 'not_found' });
    const stranger = vaultStore({ token: { text: 'hvs.bad' } });
    for (const attempt of [stranger.get(MAIL, note), stranger.put(MAIL, VALUE), stranger.forget(MAIL, note)]) {
      await expect(attempt).rejects.toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(/ with 403 \(its token may not use it\): permission denied$/),
      });
    }
  });

  test('is not asked again after a refusal', async () => {
    await expect(vaultStore({ token: { text: 'hvs.bad' } }).put(MAIL, VALUE)).rejects.toThrow('403');
    expect(vault.requests).toHaveLength(1);
  });

  test.each<[string, Trouble]>([
    ['sealed', { status: 503, body: { errors: ['Vault is sealed'] } }],
    ['out of order', { status: 500, body: { errors: ['internal error'] } }],
    ['behind a proxy that is', { status: 502 }],
    ['too busy', { status: 429, body: { errors: [] } }],
    ['hanging up', 'hang-up'],
  ])('that is %s for a moment is asked again', async (_what, trouble) => {
    vault.troubles.push(trouble);
    expect(await vaultStore().put({ key: 'patient' }, VALUE)).toMatch(/^vault:\d+$/);
    expect(vault.requests).toHaveLength(2);
  });

  test('that stays sealed is unavailable, in its own words', async () => {
    for (let n = 0; n < 3; n++) vault.troubles.push({ status: 503, body: { errors: ['Vault is sealed'] } });
    await expect(vaultStore().put(MAIL, VALUE)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('503 (unexpected answer): Vault is sealed'),
    });
    expect(vault.requests).toHaveLength(3);
  });

  test('that says nothing is given up after the time-out', async () => {
    for (let n = 0; n < 3; n++) vault.troubles.push('silence');
    await expect(vaultStore({ timeoutMs: 50 }).get(MAIL, 'vault:1')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('no answer in 0.05 s'),
    });
    expect(vault.requests).toHaveLength(3);
  });

  test('that answers something else is not believed', async () => {
    for (const body of [undefined, {}, { data: {} }, { data: { data: { value: 7 } } }]) {
      vault.troubles.push({ status: 200, body }, { status: 200, body });
      await expect(vaultStore().get(MAIL, 'vault:1')).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(vaultStore().put(MAIL, VALUE)).rejects.toMatchObject({ kind: 'unavailable' });
    }
  });
});

describe('with files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gofer-vault-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the token is read each time, because it changes', async () => {
    const file = join(folder, 'token');
    const store = vaultStore({ token: { file } });
    writeFileSync(file, 'hvs.good\n');
    const note = await store.put(MAIL, VALUE);
    writeFileSync(file, 'hvs.expired');
    await expect(store.get(MAIL, note)).rejects.toThrow('403');
    rmSync(file);
    await expect(store.get(MAIL, note)).rejects.toThrow(file);
  });

  test('TLS is checked against the given authority', async () => {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const out = ['-keyout', keyFile, '-out', certFile];
    execFileSync('openssl', ['req', '-x509', ...key, ...out, ...subject], { stdio: 'ignore' });
    const [ca, tlsKey] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    const secure = await startStubVault({ cert: ca, key: tlsKey });
    try {
      const store = vaultStore({ address: secure.address, ca });
      expect(await store.get(MAIL, await store.put(MAIL, VALUE))).toBe(VALUE);
      await expect(vaultStore({ address: secure.address }).put(MAIL, VALUE)).rejects.toThrow('self-signed certificate');
    } finally {
      await secure.close();
    }
  });
});
