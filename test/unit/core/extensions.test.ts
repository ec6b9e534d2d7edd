import { describe, expect, test } from 'vitest';
import { extensionEnvironment } from '../../../core/extension-environment.ts';
import { isSignalledRun, nextRestart } from '../../../core/extensions.ts';

describe('the pause before a restart', () => {
  test('doubles with every failure in a row, up to five minutes', () => {
    const pauses: number[] = [];
    let failures = 0;
    for (let round = 0; round < 11; round += 1) {
      const next = nextRestart(failures, 5_000);
      failures = next.failures;
      pauses.push(next.pauseMs / 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  test('is the shortest again after ten minutes of health', () => {
    expect(nextRestart(8, 599_999).pauseMs).toBe(256_000);
    expect(nextRestart(8, 600_000)).toEqual({ failures: 1, pauseMs: 1_000 });
  });
});

describe('the environment of a container', () => {
  const surroundings = { logLevel: 'info', apiAddress: '172.17.0.1:8080', apiUsesTls: true };

  test('is that of the protocol', () => {
    expect(extensionEnvironment('interval', 'sesame', surroundings, {})).toEqual({
      GOFER_EXTENSION_SYSTEM_ID: 'interval',
      GOFER_EXTENSION_SYSTEM_SECRET: 'sesame',
      GOFER_EXTENSION_SYSTEM_LOG_LEVEL: 'info',
      GOFER_EXTENSION_SYSTEM_USE_TLS: 'false',
      GOFER_EXTENSION_SYSTEM_TLS_CERT: '',
      GOFER_EXTENSION_SYSTEM_TLS_KEY: '',
      GOFER_EXTENSION_SYSTEM_GOFER_HOST: '172.17.0.1:8080',
      GOFER_EXTENSION_SYSTEM_GOFER_URL: 'https://172.17.0.1:8080',
      GOFER_EXTENSION_SYSTEM_BIND_ADDRESS: '0.0.0.0:8082',
      GOFER_EXTENSION_SYSTEM_BINDADDRESS: '0.0.0.0:8082',
    });
    const tls = { cert: 'CERT', key: 'KEY' };
    expect(extensionEnvironment('interval', 'sesame', { ...surroundings, tls }, {})).toMatchObject({
      GOFER_EXTENSION_SYSTEM_USE_TLS: 'true',
      GOFER_EXTENSION_SYSTEM_TLS_CERT: 'CERT',
      GOFER_EXTENSION_SYSTEM_TLS_KEY: 'KEY',
    });
  });

  test('has settings under both names that extensions look for, but none in place of the system’s', () => {
    const settings = { min_interval: '30s', GOFER_EXTENSION_SYSTEM_ID: 'somebody else' };
    expect(extensionEnvironment('interval', 'sesame', surroundings, settings)).toMatchObject({
      min_interval: '30s',
      GOFER_EXTENSION_CONFIG_MIN_INTERVAL: '30s',
      GOFER_EXTENSION_SYSTEM_ID: 'interval',
    });
  });
});

test.each([
  [{ namespace: 'n', pipeline: 'p', identity: 'i' }, true],
  [{ namespace: 'n', pipeline: 'p', identity: 'i', variables: { A: '1' } }, true],
  [{ namespace: 'n', pipeline: 'p', identity: 'i', variables: { A: 1 } }, false],
  [{ namespace: 'n', pipeline: 'p', identity: 'i', variables: null }, false],
  [{ namespace: 'n', pipeline: 'p' }, false],
  [{ namespace: 'n', pipeline: 7, identity: 'i' }, false],
  ['run', false],
  [undefined, false],
])('whether %j is a run to start: %s', (value, expected) => {
  expect(isSignalledRun(value)).toBe(expected);
});
