import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../../cli/config.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gofer-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const load = (env: Record<string, string> = {}, flags: Record<string, unknown> = {}) =>
  loadSettings({ home, env, flags });

describe('precedence', () => {
  test('defaults', async () => {
    expect(await load()).toEqual({
      apiBaseUrl: 'http://127.0.0.1:8080/',
      namespace: 'default',
      token: undefined,
      detail: false,
      outputFormat: 'plain',
      debug: false,
      insecureSkipTlsVerify: false,
    });
  });

  test('each source beats those before it, key by key', async () => {
    write('.gofer.toml', 'api_base_url = "http://one"\nnamespace = "one"\ntoken = "one"\ndetail = true\nunknown = 1\n');
    write('.config/gofer.toml', 'namespace = "two"\ntoken = "two"\noutput_format = "JSON"\n');
    expect(
      await load({ GOFER_TOKEN: '123', GOFER_RUN_ID: '7' }, { namespace: 'four', token: undefined }),
    ).toMatchObject({
      apiBaseUrl: 'http://one',
      namespace: 'four',
      token: '123',
      detail: true,
      outputFormat: 'json',
    });
  });

  test('empty variables count as unset', async () => {
    write('.gofer.toml', 'token = "file"\n');
    expect(await load({ GOFER_TOKEN: '' })).toMatchObject({ token: 'file' });
  });
});

describe('mistakes', () => {
  test('name the file and the key', async () => {
    const file = write('.gofer.toml', 'detail = "perhaps"\n');
    await expect(load()).rejects.toThrow(`detail in ${file} must be true or false, not "perhaps"`);
  });

  test('name the variable', async () => {
    await expect(load({ GOFER_OUTPUT_FORMAT: 'xml' })).rejects.toThrow(
      /GOFER_OUTPUT_FORMAT must be plain, json, silent/,
    );
  });

  test('name the file that is not TOML', async () => {
    const file = write('.config/gofer.toml', 'namespace = [');
    await expect(load()).rejects.toThrow(`${file} cannot be read as TOML`);
  });
});

describe('the token of a local installation', () => {
  const pointTo = (url: string): void => {
    const token_file = write('data/token', 'local-token\n');
    write('.config/gofer/local.json', JSON.stringify({ api_base_url: url, token_file }));
  };

  test('is found with its address', async () => {
    pointTo('http://127.0.0.1:4567');
    expect(await load()).toMatchObject({ apiBaseUrl: 'http://127.0.0.1:4567', token: 'local-token' });
  });

  test('is used for the same address and not for another one', async () => {
    pointTo('http://127.0.0.1:4567');
    expect(await load({}, { api_base_url: 'http://127.0.0.1:4567/' })).toMatchObject({ token: 'local-token' });
    expect(await load({}, { api_base_url: 'http://127.0.0.1:4568' })).toMatchObject({ token: undefined });
    expect(await load({}, { api_base_url: 'https://gofer.example.com' })).toMatchObject({ token: undefined });
  });

  test('gives way to a configured one, which leaves the address as it is', async () => {
    pointTo('http://127.0.0.1:4567');
    expect(await load({ GOFER_TOKEN: 'mine' })).toMatchObject({ apiBaseUrl: 'http://127.0.0.1:4567', token: 'mine' });
  });

  test('may lie in GOFER_TOKEN_FILE or in ~/.config/gofer/token', async () => {
    write('.config/gofer/token', 'default-place');
    expect(await load()).toMatchObject({ token: 'default-place' });
    expect(await load({ GOFER_TOKEN_FILE: write('elsewhere', ' other ') })).toMatchObject({ token: 'other' });
    expect(await load({ GOFER_API_BASE_URL: 'https://gofer.example.com' })).toMatchObject({ token: undefined });
  });

  test('does not hurt when the pointer is broken', async () => {
    write('.config/gofer/local.json', '{"api_base');
    expect(await load()).toMatchObject({ apiBaseUrl: 'http://127.0.0.1:8080/', token: undefined });
  });
});

describe('contexts', () => {
  const keep = (contexts: object, current?: string): string =>
    write('.config/gofer/contexts.json', JSON.stringify({ contexts, ...(current !== undefined && { current }) }));
  const one = { api_base_url: 'https://one.example.com', token: 'of-one', namespace: 'alpha' };
  const two = { api_base_url: 'https://two.example.com' };
  const named = (context: string, env: Record<string, string> = {}, flags: Record<string, unknown> = {}) =>
    loadSettings({ home, env, flags, context });

  test('stand between files and variables, and above both if a flag names one', async () => {
    keep({ one, two }, 'one');
    write('.gofer.toml', 'api_base_url = "http://file"\ntoken = "of-file"\nnamespace = "file"\n');
    expect(await load()).toMatchObject({
      context: 'one',
      apiBaseUrl: one.api_base_url,
      token: 'of-one',
      namespace: 'alpha',
    });
    expect(await load({ GOFER_NAMESPACE: 'beta' })).toMatchObject({ token: 'of-one', namespace: 'beta' });
    expect(await named('one', { GOFER_TOKEN: 'of-variable' })).toMatchObject({ token: 'of-one' });
    expect(await named('one', {}, { namespace: 'gamma' })).toMatchObject({ namespace: 'gamma' });
    expect(await load({ GOFER_CONTEXT: 'two' })).toMatchObject({ context: 'two', token: undefined, namespace: 'file' });
  });

  test('give their token to no other server', async () => {
    keep({ one }, 'one');
    const elsewhere = { context: undefined, apiBaseUrl: 'https://other.example.com', token: undefined };
    expect(await load({ GOFER_API_BASE_URL: 'https://other.example.com' })).toMatchObject(elsewhere);
    expect(await load({}, { api_base_url: 'https://other.example.com' })).toMatchObject(elsewhere);
    expect(await load({}, { api_base_url: 'https://one.example.com/' })).toMatchObject({ token: 'of-one' });
  });

  test('hide the token of files, which is of another server', async () => {
    keep({ two }, 'two');
    write('.gofer.toml', 'token = "of-file"\n');
    expect(await load()).toMatchObject({ apiBaseUrl: two.api_base_url, token: undefined });
  });

  test('are named if they are not there or broken', async () => {
    keep({ one }, 'gone');
    await expect(load()).rejects.toThrow("there is no context 'gone'");
    await expect(named('toString')).rejects.toThrow("there is no context 'toString'");
    const file = write('.config/gofer/contexts.json', '{');
    await expect(load()).rejects.toThrow(`${file} cannot be read`);
  });
});

describe('a file that a flag names', () => {
  test('is read in place of the others and of the context in use', async () => {
    write('.gofer.toml', 'detail = true\n');
    write('.config/gofer/contexts.json', '{"current":"one","contexts":{"one":{"api_base_url":"http://one"}}}');
    const configFile = write('own.toml', 'namespace = "own"\n');
    const settings = await loadSettings({ home, env: {}, flags: {}, configFile });
    expect(settings).toMatchObject({ namespace: 'own', detail: false, context: undefined });
    const missing = loadSettings({ home, env: {}, flags: {}, configFile: join(home, 'none.toml') });
    await expect(missing).rejects.toThrow('none.toml does not exist');
  });
});
