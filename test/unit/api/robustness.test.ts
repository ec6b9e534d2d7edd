import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createMetrics } from '../../../runtime/metrics.ts';
import { GOOD, readDocument, startTestApi, untilAborted } from './harness.ts';

test('a request that takes too long is answered, and its handler is told', async () => {
  let told = false;
  await using api = await startTestApi({
    deadlineMs: 50,
    handlers: {
      list_namespaces: async (_input, { signal }) => {
        await untilAborted(signal);
        told = true;
        return { status: 200, body: { namespaces: [] } };
      },
    },
  });
  const answer = await api.call('GET', '/api/namespaces');
  expect(answer.status).toBe(503);
  expect(answer.json()).toMatchObject({
    message: 'the request took longer than 0.05 s',
    request_id: expect.any(String),
  });
  expect(told).toBe(true);
});

test('an address that sends too many bad tokens has to wait, whatever it sends next', async () => {
  await using api = await startTestApi({
    failedLoginsPerMinute: 3,
    handlers: { list_namespaces: async () => ({ status: 200, body: { namespaces: [] } }) },
  });
  const bad = { headers: { ...GOOD, authorization: 'Bearer bad' } };
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1)
    statuses.push((await api.call('GET', '/api/namespaces', bad)).status);
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect((await api.call('GET', '/api/namespaces')).status).toBe(429);
});

test('what is counted is shown under /metrics', async () => {
  const metrics = createMetrics();
  metrics.runAdmitted(2);
  metrics.containerStarted();
  metrics.taskEnded('failed', 3);
  await using api = await startTestApi({ metrics });
  await api.call('GET', '/api/system/metadata');
  await expect
    .poll(async () => (await api.call('GET', '/metrics')).text)
    .toContain('gofer_http_request_duration_seconds_count{operation="get_system_metadata",status="200"} 1');
  const { text, headers } = await api.call('GET', '/metrics');
  expect(headers['content-type']).toContain('text/plain');
  expect(text).toContain('gofer_container_starts_total 1');
  expect(text).toContain('gofer_tasks_ended_total{status="failed"} 1');
  expect(text).toContain('gofer_run_queue_seconds_sum 2');
  expect(text).toContain('gofer_task_duration_seconds_sum{status="failed"} 3');
  expect(text).toContain('process_resident_memory_bytes');
});

test('no token gets into the log', async () => {
  const secret = 'planted-token-that-nobody-may-see';
  await using api = await startTestApi({
    handlers: {
      list_namespaces: async () => {
        throw new Error('something went wrong');
      },
    },
  });
  for (const authorization of [`Bearer ${secret}`, secret, 'Bearer good']) {
    await api.call('GET', '/api/namespaces', { headers: { ...GOOD, authorization } });
  }
  await expect.poll(() => api.log.filter(({ msg }) => msg === 'request').length).toBe(3);
  expect(JSON.stringify(api.log)).not.toContain(secret);
  expect(JSON.stringify(api.log)).not.toContain('Bearer');
  await api.call('GET', `/api/namespaces?note=${secret}`);
  await expect.poll(() => api.log.filter(({ msg }) => msg === 'request').length).toBe(4);
  expect(JSON.stringify(api.log)).not.toContain(secret);
});

test('the document is served, and a page to read it that loads nothing from elsewhere', async () => {
  await using api = await startTestApi();
  const document = await api.call('GET', '/api/openapi.json', { headers: {} });
  expect(JSON.parse(document.text)).toEqual(readDocument());
  const redirect = await api.call('GET', '/docs', { headers: {} });
  expect([redirect.status, redirect.headers.location]).toEqual([307, '/docs/index.html']);
  const page = await api.call('GET', '/docs/index.html', { headers: {} });
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  expect(page.headers['x-content-type-options']).toBe('nosniff');
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
  expect(sources).toContain('./swagger-initializer.js');
  for (const source of sources) {
    expect(source).not.toMatch(/^(https?:)?\/\//);
    const { pathname } = new URL(source, `${api.url}/docs/`);
    expect([source, (await api.call('GET', pathname, { headers: {} })).status]).toEqual([source, 200]);
  }
});

test('a server with a certificate speaks TLS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gofer-tls-'));
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const flags = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', [...flags, ...subject], { stdio: 'ignore' });
  const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  rmSync(folder, { recursive: true });

  await using api = await startTestApi({ tls });
  expect(api.url).toMatch(/^https:/);
  const call = request(`${api.url}/api/system/metadata`, { headers: { 'gofer-api-version': 'v0' }, ca: tls.cert });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
});
