import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { GoferError } from '../../../core/errors.ts';
import { loadConfig, maskSecrets, tlsOf } from '../../../runtime/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'gofer-config-'));
const NO_FILE = join(folder, 'missing.toml');
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  const file = join(folder, `${++files}.toml`);
  writeFileSync(file, text);
  return file;
}

function messageOf(environment: NodeJS.ProcessEnv, file = NO_FILE): string {
  try {
    loadConfig(environment, file);
  } catch (error) {
    if (error instanceof GoferError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

test('without file and environment everything has its default', () => {
  expect(loadConfig({}, NO_FILE)).toEqual({
    api: {
      log_level: 'info',
      pipeline_run_concurrency_limit: 200,
      global_run_concurrency_limit: 2000,
      event_log_retention: 15_768_000,
      event_prune_interval: 604_800,
      task_execution_stop_timeout: 10,
      task_execution_log_retention: 50,
      task_execution_log_max_age: 0,
    },
    server: {
      bind_address: '0.0.0.0:8080',
      extension_address: '172.17.0.1:8080',
      use_tls: false,
      request_timeout: 60,
      body_limit: 524_288_000,
      failed_logins_per_minute: 60,
    },
    external_events: { enable: true, bind_address: '0.0.0.0:8081', body_limit: 33_554_432, use_tls: false },
    extensions: {
      install_std_extensions: true,
      stop_timeout: 300,
      publish_address: '127.0.0.1',
      use_tls: false,
      verify_certs: false,
    },
    worker: {},
    development: { pretty_logging: false, validate_responses: false, bypass_auth: false },
    database: {},
    temporal: { namespace: 'default', task_queue: 'gofer' },
    scheduler: { engine: 'docker', image_retention: 604_800 },
    object_store: {
      engine: 'filesystem',
      pipeline_object_limit: 50,
      run_object_expiry: 2,
      filesystem: {},
      s3: { region: 'us-east-1', path_style: false, prefix: '' },
    },
    secret_store: {
      engine: 'database',
      keys: {},
      vault: { mount: 'secret', prefix: 'gofer', timeout: 5 },
    },
  });
});

test('the environment wins over the file, key by key', () => {
  const file = fileWith('[api]\nlog_level = "warn"\nglobal_run_concurrency_limit = 5\n[database]\nurl = "from file"\n');
  const config = loadConfig({ GOFER_WEB_API__LOG_LEVEL: 'debug', GOFER_WEB_TEMPORAL__ADDRESS: 'host:7233' }, file);
  expect(config.api).toMatchObject({ log_level: 'debug', global_run_concurrency_limit: 5 });
  expect(config.database.url).toBe('from file');
  expect(config.temporal.address).toBe('host:7233');
});

test('values of the environment have types, and quotes make any of them text', () => {
  const config = loadConfig(
    {
      GOFER_WEB_API__PIPELINE_RUN_CONCURRENCY_LIMIT: '0',
      GOFER_WEB_DEVELOPMENT__PRETTY_LOGGING: 'true',
      GOFER_WEB_DEVELOPMENT__VALIDATE_RESPONSES: 'false',
      GOFER_WEB_TEMPORAL__NAMESPACE: '"42"',
      GOFER_WEB_TEMPORAL__TASK_QUEUE: 'true story',
      gofer_web_object_store__filesystem__path: '/objects',
    },
    NO_FILE,
  );
  expect(config.api.pipeline_run_concurrency_limit).toBe(0);
  expect(config.development).toEqual({ pretty_logging: true, validate_responses: false, bypass_auth: false });
  expect(config.temporal).toMatchObject({ namespace: '42', task_queue: 'true story' });
  expect(config.object_store.filesystem.path).toBe('/objects');
});

test('other variables do not matter', () => {
  expect(loadConfig({ GOFER_TOKEN: 'x', GOFER_WEBSITE: 'y', PATH: '/bin' }, NO_FILE)).toEqual(loadConfig({}, NO_FILE));
});

describe('what is wrong is named with its place', () => {
  test.each([
    ['an unknown key', { GOFER_WEB_API__COLOUR: 'red' }, /^ {2}api: .*"colour"/m],
    ['an unknown block', { GOFER_WEB_WEATHER__TODAY: 'rain' }, /^ {2}\(top level\): .*"weather"/m],
    ['a wrong type', { GOFER_WEB_API__GLOBAL_RUN_CONCURRENCY_LIMIT: 'many' }, /global_run_concurrency_limit: .*number/],
    ['a wrong number', { GOFER_WEB_API__TASK_EXECUTION_STOP_TIMEOUT: '-1' }, /api\.task_execution_stop_timeout: /],
    ['a fraction', { GOFER_WEB_API__TASK_EXECUTION_STOP_TIMEOUT: '1.5' }, /api\.task_execution_stop_timeout: /],
    ['a wrong choice', { GOFER_WEB_SCHEDULER__ENGINE: 'abacus' }, /scheduler\.engine: .*"docker"/],
    ['a wrong address', { GOFER_WEB_SERVER__BIND_ADDRESS: '8080' }, /server\.bind_address: /],
    ['a value in place of a block', { GOFER_WEB_API: '5' }, /^ {2}api: .*object/m],
  ])('%s', (_name, environment, message) => {
    expect(messageOf(environment)).toMatch(message);
  });

  test('in a file as well', () => {
    expect(messageOf({}, fileWith('[scheduler]\nengine = 3\n[nope]\n'))).toMatch(/scheduler\.engine: [^]*"nope"/);
  });

  test('and everything at once', () => {
    const message = messageOf({ GOFER_WEB_API__COLOUR: 'red', GOFER_WEB_SCHEDULER__ENGINE: 'abacus' });
    expect(message.split('\n')).toHaveLength(3);
  });

  test('without showing a secret', () => {
    const message = messageOf({ GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: 'hunter2' });
    expect(message).toContain('secret_store.encryption_key');
    expect(message).not.toContain('hunter2');
  });
});

test.each([
  ['server.storage_path', { GOFER_WEB_SERVER__STORAGE_PATH: '/tmp/gofer.db' }, /database\.url/],
  ['secret_store.sqlite', { GOFER_WEB_SECRET_STORE__SQLITE__PATH: '/tmp/x.db' }, /encryption_key/],
  ['api.admin_key', { GOFER_WEB_API__ADMIN_KEY: 'test' }, /remove it/],
])('the former key %s is refused with what replaced it', (key, environment, remedy) => {
  const load = () => loadConfig(environment, NO_FILE);
  expect(load).toThrow(`${key}: does not exist any more`);
  expect(load).toThrow(remedy);
});

test('the key that everybody knows is no key', () => {
  const environment = { GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: 'changemechangemechangemechangeme' };
  expect(() => loadConfig(environment, NO_FILE)).toThrow(
    /secret_store\.encryption_key: is the key that everybody knows/,
  );
});

test.each([
  ['postgresql://gofer:planted@host:5432/gofer', 'postgresql://gofer:redacted@host:5432/gofer'],
  ['postgresql://gofer:a@planted@host/gofer', 'postgresql://gofer:redacted@host/gofer'],
  ['postgresql://host/gofer?user=u&password=planted', 'postgresql://host/gofer?user=u&password=redacted'],
  ['host=x password=planted', '[Redacted]'],
])('secrets are masked for people: %s', (url, shown) => {
  const key = 'a planted key of forty characters, secret';
  const environment = {
    GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: key,
    GOFER_WEB_SECRET_STORE__KEYS__NEW: `${key}, new`,
    GOFER_WEB_SECRET_STORE__VAULT__TOKEN: 'hvs.planted',
    GOFER_WEB_DATABASE__URL: url,
  };
  const masked = maskSecrets(loadConfig(environment, NO_FILE));
  expect(masked.database.url).toBe(shown);
  expect(JSON.stringify(masked)).not.toContain('planted');
});

test('a file that is no TOML is named with line and column, and nothing of it is shown', () => {
  const file = fileWith('[secret_store]\nencryption_key = "planted\n');
  const load = () => loadConfig({}, file);
  expect(load).toThrow(`${file}:2:`);
  expect(load).not.toThrow(/planted/);
});

test('a listener with TLS names the file that it lacks', () => {
  const listener = { ...loadConfig({}, NO_FILE).server, use_tls: true };
  expect(() => tlsOf(listener, 'server')).toThrow(/server\.tls_cert_path/);
  expect(() => tlsOf({ ...listener, tls_cert_path: '/no/such.pem' }, 'server')).toThrow(
    /server\.tls_cert_path: .*no such file/,
  );
});
