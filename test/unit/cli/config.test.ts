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
