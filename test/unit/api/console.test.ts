import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SECTIONS } from '../../../api/console.ts';
import { ErrorKind, GoferError } from '../../../core/errors.ts';
import { type CallOptions, startTestApi, type TestApi } from './harness.ts';

const PAGE = '<!doctype html><title>Gofer</title>';
const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const VERSION = { 'gofer-api-version': 'v0' };

let folder: string;
let api: TestApi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gofer-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'assets', 'app-abc123.js'), 'plain');
  await writeFile(join(folder, 'assets', 'app-abc123.js.br'), 'brotli');
  api = await startTestApi({
    consoleFolder: folder,
    resume: async (session) => {
      if (session !== 'good/session') throw new GoferError(ErrorKind.Unauthenticated, 'the session has ended');
      return { tokenId: 't1', user: 'sam', roles: ['admin'] };
    },
    handlers: {
      list_namespaces: async () => ({ status: 200, body: { namespaces: [] } }),
      cancel_run: async () => ({ status: 204 }),
      delete_console_session: async () => ({ status: 204, session: null }),
      create_console_session: async (_input, { caller }) => ({
        status: 201,
        body: { token_id: caller.tokenId, user: caller.user, administrator: true, roles: [] },
        session: 'new/session',
      }),
    },
    streamHandlers: { stream_events: async () => undefined },
  });
});

afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: CallOptions['headers'] = {}) => api.call('GET', path, { headers });

describe('the page', () => {
  test.each(['/', '/pipelines/default/nightly/runs/7?task=build', ...SECTIONS.map((section) => `/${section}`)])(
    'is what a browser gets at %s',
    async (path) => {
      const answer = await get(path, BROWSER);
      expect(answer).toMatchObject({ status: 200, text: PAGE });
      expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('runs no inline script or style, and loads nothing from elsewhere', async () => {
    const policy = String((await get('/', BROWSER)).headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  test('is not what unknown addresses have', async () => {
    for (const [path, headers] of [
      ['/nonsense', BROWSER],
      ['/pipelines/default/nightly', { accept: '*/*' }],
      ['/assets/gone.js', BROWSER],
    ] as const) {
      const answer = await get(path, headers);
      expect(answer, path).toMatchObject({ status: 404, headers: { 'content-type': 'text/html' } });
      expect(answer.text).not.toBe(PAGE);
    }
    expect((await get('/api/nonsense', BROWSER)).json()).toMatchObject({ message: expect.stringContaining('path') });
    expect((await api.call('POST', '/')).status).toBe(405);
    expect((await api.call('HEAD', '/')).status).toBe(405);
  });
});

test('files with a hash in their names are kept for ever, and sent compressed', async () => {
  const answer = await get('/assets/app-abc123.js', { 'accept-encoding': 'gzip, br' });
  expect(answer).toMatchObject({ status: 200, text: 'brotli', headers: { 'content-encoding': 'br' } });
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await get('/assets/app-abc123.js')).text).toBe('plain');
});

describe('a session', () => {
  const cookie = `other=1; gofer_session=${encodeURIComponent('good/session')}`;
  const same = { 'sec-fetch-site': 'same-origin' };
  const cancel = '/api/namespaces/default/pipelines/nightly/runs/1';

  test('counts instead of a token', async () => {
    expect((await get('/api/namespaces', { cookie, ...same, ...VERSION })).status).toBe(200);
    expect((await api.call('DELETE', cancel, { headers: { cookie, ...same, ...VERSION } })).status).toBe(204);
  });

  test('needs no version header to read, which downloads could not have, but to change something', async () => {
    expect((await get('/api/namespaces', { cookie, ...same })).status).toBe(200);
    expect((await get('/api/namespaces', { cookie, ...same, 'gofer-api-version': 'v1' })).status).toBe(400);
    expect((await api.call('DELETE', cancel, { headers: { cookie, ...same } })).status).toBe(400);
  });

  test('does not count in requests of other sites', async () => {
    const { host } = new URL(api.url);
    const own = `http://${host}`;
    const outcomes = [
      ['DELETE', { 'sec-fetch-site': 'cross-site' }, 401],
      ['DELETE', { 'sec-fetch-site': 'same-site' }, 401],
      ['DELETE', { 'sec-fetch-site': 'none' }, 401],
      ['DELETE', { origin: 'https://elsewhere.example' }, 401],
      ['DELETE', { origin: 'null' }, 401],
      ['DELETE', {}, 401],
      ['DELETE', { origin: own }, 204],
      ['DELETE', { origin: 'https://gofer.example', 'x-forwarded-host': 'gofer.example' }, 204],
      ['GET', { 'sec-fetch-site': 'cross-site' }, 401],
      ['GET', { 'sec-fetch-site': 'none' }, 200],
      ['GET', {}, 200],
    ] as const;
    for (const [method, headers, status] of outcomes) {
      const path = method === 'GET' ? '/api/namespaces' : cancel;
      const answer = await api.call(method, path, { headers: { cookie, ...VERSION, ...headers } });
      expect(answer.status, `${method} ${JSON.stringify(headers)}`).toBe(status);
    }
  });

  test('opens web sockets for pages of this server only', async () => {
    const connect = async (origin: string | undefined) => {
      const url = `${api.url.replace('http', 'ws')}/api/events`;
      const socket = new WebSocket(url, { headers: { cookie, ...(origin && { origin }) } });
      const opened = once(socket, 'open').then(() => 101);
      const refused = once(socket, 'unexpected-response').then(
        ([, response]) => (response as { statusCode: number }).statusCode,
      );
      socket.on('error', () => undefined);
      const status = await Promise.race([opened, refused]);
      socket.terminate();
      return status;
    };
    expect(await connect(api.url)).toBe(101);
    expect(await connect('https://elsewhere.example')).toBe(401);
    expect(await connect(undefined)).toBe(401);
  });

  test('that has ended is a 401, and a token beside it counts for more', async () => {
    const ended = { cookie: 'gofer_session=old', ...same, ...VERSION };
    expect((await get('/api/namespaces', ended)).status).toBe(401);
    expect((await get('/api/namespaces', { ...ended, authorization: 'Bearer good' })).status).toBe(200);
    expect((await get('/api/namespaces', { cookie, ...VERSION, authorization: 'Bearer bad' })).status).toBe(401);
  });

  test('is a cookie that no script reads and no other site sends', async () => {
    const headers = { authorization: 'Bearer good', ...VERSION };
    const [plain = ''] = (await api.call('POST', '/api/console/session', { headers })).headers['set-cookie'] ?? [];
    expect(plain.split('; ').toSorted()).toEqual(
      ['gofer_session=new%2Fsession', 'HttpOnly', 'Path=/api', 'SameSite=Strict'].toSorted(),
    );
    const secure = await api.call('POST', '/api/console/session', {
      headers: { ...headers, 'x-forwarded-proto': 'https' },
    });
    expect(secure.headers['set-cookie']?.[0]).toContain('; Secure');
    expect((await api.call('POST', '/api/console/session', { headers: VERSION })).status).toBe(400);
  });

  test('ends by a cookie that is over, without being asked who it is', async () => {
    const answer = await api.call('DELETE', '/api/console/session', { headers: VERSION });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^gofer_session=; .*Max-Age=0/);
  });
});

describe('what npm run build makes', () => {
  const built = join(import.meta.dirname, '..', '..', '..', 'dist', 'console');

  /** The files that the page names, and those that their scripts and styles load without being asked. */
  async function firstLoad(): Promise<string[]> {
    const page = await readFile(join(built, 'index.html'), 'utf8');
    const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = '']) => path);
    const styles = await Promise.all(
      named.filter((path) => path.endsWith('.css')).map((path) => readFile(join(built, path), 'utf8')),
    );
    const fonts = styles.flatMap((text) =>
      [...text.matchAll(/url\(\/?([^)]+\.woff2)\)/g)].map(([, path = '']) => path),
    );
    return [...named, ...fonts];
  }

  test('loads less than 250 KB at first', async () => {
    const files = await firstLoad();
    expect(files.some((path) => path.endsWith('.js'))).toBe(true);
    const sizes = await Promise.all(
      files.map(async (path) => {
        const compressed = await readFile(join(built, `${path}.br`)).catch(() => readFile(join(built, path)));
        return compressed.length;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  test('loads the graph and the logs when they are needed', async () => {
    const files = await firstLoad();
    const lazy = (await readdir(join(built, 'assets'))).filter((name) =>
      /^(graph-view|layout\.worker|log-view)-.*\.js$/.test(name),
    );
    expect(lazy).toHaveLength(3);
    for (const name of lazy) expect(files).not.toContain(`assets/${name}`);
  });

  test('names no other host', async () => {
    const page = await readFile(join(built, 'index.html'), 'utf8');
    expect(page).not.toMatch(/https?:\/\/|\/\/[a-z]/);
  });
});
