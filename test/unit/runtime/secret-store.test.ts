import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureError } from '../../../core/errors.ts';
import { loadConfig } from '../../../runtime/config.ts';
import { createSecretStore, readKeyring } from '../../../runtime/secret-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'gofer-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OLD = 'planted key, the first one of them all';
const NEW = 'planted key, the second one of them all';

function configOf(settings: Readonly<Record<string, string>>) {
  const entries = Object.entries(settings).map(([key, value]) => [`GOFER_WEB_SECRET_STORE__${key}`, value]);
  return loadConfig(Object.fromEntries(entries), join(folder, 'missing.toml'));
}
const ringOf = (settings: Readonly<Record<string, string>>) => readKeyring(configOf(settings).secret_store);

function messageOf(settings: Readonly<Record<string, string>>): string {
  try {
    createSecretStore(configOf(settings));
  } catch (error) {
    return ensureError(error).message;
  }
  throw new Error('the configuration was accepted');
}

function fileWith(text: string): string {
  const file = join(folder, 'keys.toml');
  writeFileSync(file, text);
  return file;
}

describe('the key that encrypts is', () => {
  test('encryption_key if there is no other', () => {
    expect(ringOf({ ENCRYPTION_KEY: OLD })).toEqual({
      keys: new Map([['default', OLD]]),
      active: 'default',
      unnamed: 'default',
    });
  });

  test('the only one of keys', () => {
    expect(ringOf({ KEYS__Y2027: NEW })).toEqual({ keys: new Map([['y2027', NEW]]), active: 'y2027' });
    expect(ringOf({ ENCRYPTION_KEY: OLD, KEYS__Y2027: NEW }).active).toBe('y2027');
  });

  test('the chosen one', () => {
    expect(ringOf({ ENCRYPTION_KEY: OLD, KEYS__Y2027: NEW, ACTIVE_KEY: 'default' }).active).toBe('default');
    expect(ringOf({ KEYS__A: OLD, KEYS__B: NEW, ACTIVE_KEY: 'b' }).active).toBe('b');
  });

  test('one of a file', () => {
    const file = fileWith(`y2026 = "${OLD}"\ny2027 = "${NEW}"\n`);
    const ring = ringOf({ KEYS_FILE: file, ACTIVE_KEY: 'y2027' });
    expect([...ring.keys.keys()]).toEqual(['y2026', 'y2027']);
  });
});

test('a value that was sealed with one key opens when another is active', () => {
  const { sealer: before } = createSecretStore(configOf({ ENCRYPTION_KEY: OLD }));
  const { sealer: after } = createSecretStore(configOf({ ENCRYPTION_KEY: OLD, KEYS__Y2027: NEW }));
  expect(after.open(before.seal('hunter2', 'x'), 'x')).toBe('hunter2');
});

describe('what is wrong is named, and no key is shown:', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['no key', {}, /GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY/],
    ['a short key', { ENCRYPTION_KEY: 'planted' }, /secret_store\.encryption_key: must have at least 32/],
    ['a short key with an id', { KEYS__A: 'planted' }, /secret_store\.keys\.a: must have at least 32/],
    ['the key that everybody knows', { KEYS__A: 'changemechangemechangemechangeme' }, /keys\.a: .*everybody knows/],
    ['an id with a colon', { 'KEYS__A:B': OLD }, /secret_store\.keys\.a:b/],
    ['an id that is taken', { KEYS__DEFAULT: OLD, ENCRYPTION_KEY: NEW }, /secret_store\.keys: 'default' is the id of/],
    ['two keys and no choice', { KEYS__A: OLD, KEYS__B: NEW }, /secret_store\.active_key: .* a, b/],
    ['a choice that is not there', { KEYS__A: OLD, ACTIVE_KEY: 'b' }, /secret_store\.active_key: there is no key 'b'/],
    ['a file that is not there', { KEYS_FILE: '/no/such.toml' }, /\/no\/such\.toml.*no such file/],
    ['an engine of the original', { ENGINE: 'sqlite' }, /secret_store\.engine: .*"database"/],
    ['Vault without an address', { ENGINE: 'vault', ENCRYPTION_KEY: OLD, VAULT__TOKEN: 'x' }, /STORE__VAULT__ADDRESS/],
    [
      'Vault without a token',
      { ENGINE: 'vault', ENCRYPTION_KEY: OLD, VAULT__ADDRESS: 'http://x' },
      /vault\.token: either/,
    ],
    ['an address that is none', { VAULT__ADDRESS: 'vault:8200' }, /secret_store\.vault\.address: must start with/],
    [
      'an authority that is not there',
      {
        ENGINE: 'vault',
        ENCRYPTION_KEY: OLD,
        VAULT__ADDRESS: 'https://x',
        VAULT__TOKEN: 'x',
        VAULT__CA_FILE: '/no/such.pem',
      },
      /ca_file: .*no such file/,
    ],
  ])('%s', (_what, settings, message) => {
    expect(messageOf(settings)).toMatch(message);
    expect(messageOf(settings)).not.toContain('planted');
  });

  test.each([
    ['a short key', 'a = "planted"', /keys\.toml: a: must have at least 32/],
    ['a number', 'a = 7', /keys\.toml: a: /],
    ['no TOML', 'a = "planted', /keys\.toml:1:/],
  ])('%s in the file', (_what, text, message) => {
    const settings = { KEYS_FILE: fileWith(text) };
    expect(messageOf(settings)).toMatch(message);
    expect(messageOf(settings)).not.toContain('planted');
  });
});
