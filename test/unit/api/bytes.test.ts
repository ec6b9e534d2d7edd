import { createHash } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, describe, expect, test } from 'vitest';

import { ErrorKind, GoferError } from '../../../core/errors.ts';
import { GOOD, startTestApi, type TestApi } from './harness.ts';

const OBJECT = '/api/extensions/cron/objects/state';
const PUT = `${OBJECT}?force=true`;
const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes of buffers that are still in use, or were until a moment ago. */
function buffersInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const SHA256 = '00ff'.repeat(16);
const downloadOf = (bytes: Iterable<Buffer> | AsyncIterable<Buffer>, size: number) => ({
  status: 200 as const,
  size,
  sha256: SHA256,
  open: async () => Readable.from(bytes),
});

let api: TestApi;
afterEach(() => api.close());

type Options = NonNullable<Parameters<typeof startTestApi>[0]>;
type Put = NonNullable<NonNullable<Options['byteHandlers']>['put_extension_object']>;
type Get = NonNullable<NonNullable<Options['byteHandlers']>['get_extension_object']>;

async function serve(handlers: { put?: Put; get?: Get }, options: Options = {}): Promise<void> {
  const { put, get } = handlers;
  const byteHandlers = { ...(put && { put_extension_object: put }), ...(get && { get_extension_object: get }) };
  api = await startTestApi({ ...options, byteHandlers });
}

function begin(method: string, path: string, headers: Record<string, string | number> = GOOD): ClientRequest {
  const { hostname, port } = new URL(api.url);
  const request = httpRequest({ hostname, port, method, path, headers, agent: false });
  request.on('error', () => undefined);
  return request;
}

async function answerTo(request: ClientRequest): Promise<{ status: number; text: string }> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: String(await buffer(response)) };
}

function* chunks(total: number, onChunk?: (sent: number) => void) {
  for (let sent = 0; sent < total; sent += CHUNK.length) {
    onChunk?.(sent);
    yield CHUNK;
  }
}

async function closed(stream: EventEmitter): Promise<void> {
  await new Promise<void>((resolve) => stream.once('close', resolve));
}

const stored = (key: string, size: number) => ({ key, created: 0, size, sha256: SHA256 });

/** Reads an upload to its end and answers with its size. */
const measure: Put = async ({ body, path }) => {
  let size = 0;
  for await (const chunk of body) size += (chunk as Buffer).length;
  return { status: 201, body: { object: stored(path.key, size) } };
};

describe('an upload', () => {
  test('streams with flat memory, whatever its content type', async () => {
    const total = 64 * MIB;
    let most = 0;
    const before = buffersInUse();
    await serve({
      put: async ({ body, path, query }, { caller }) => {
        const hash = createHash('sha256');
        let size = 0;
        for await (const chunk of body as AsyncIterable<Buffer>) {
          if (size % (8 * MIB) > (size + chunk.length) % (8 * MIB)) most = Math.max(most, buffersInUse());
          size += chunk.length;
          hash.update(chunk);
        }
        expect([hash.digest('hex'), query.force, caller.user]).toEqual([expected, true, 'sam']);
        return { status: 201, body: { object: stored(path.key, size) } };
      },
    });
    const hash = createHash('sha256');
    for (const chunk of chunks(total)) hash.update(chunk);
    const expected = hash.digest('hex');
    const request = begin('POST', PUT.replace('state', 'a%2Fb'), { ...GOOD, 'content-type': 'image/png; v=1' });
    const answer = answerTo(request);
    await pipeline(Readable.from(chunks(total)), request);
    expect(JSON.parse((await answer).text)).toEqual({ object: stored('a/b', total) });
    expect(most - before).toBeLessThan(total / 4);
  });

  test('waits for its reader', async () => {
    const total = 64 * MIB;
    let [sent, before] = [0, 0];
    await serve({
      put: async (input, context) => {
        // Goes on until the buffers of both sides and of the kernel are full, and then no further.
        await expect.poll(() => sent > 0 && before === (before = sent), { interval: 100 }).toBe(true);
        expect(sent).toBeLessThan(total - CHUNK.length);
        return measure(input, context);
      },
    });
    const request = begin('POST', PUT, { ...GOOD, 'content-length': total });
    const answer = answerTo(request);
    await pipeline(Readable.from(chunks(total, (now) => (sent = now))), request);
    expect(JSON.parse((await answer).text)).toEqual({ object: stored('state', total) });
  });

  test('may be empty', async () => {
    await serve({ put: measure });
    expect(JSON.parse((await api.call('POST', PUT)).text)).toEqual({ object: stored('state', 0) });
  });

  test('is not read before it is known that the caller may send it', async () => {
    const calls: string[] = [];
    await serve({ put: async (...input) => (calls.push('handler'), measure(...input)) });
    const { authorization: _, ...anonymous } = GOOD;
    for (const [path, headers, status] of [
      [OBJECT, {}, 400],
      [PUT, anonymous, 400],
      [PUT, { ...GOOD, authorization: 'Bearer bad' }, 401],
      [PUT, { authorization: 'Bearer good' }, 400],
    ] as const) {
      const request = begin('POST', path, { ...headers, 'content-length': 1000 });
      const answer = answerTo(request);
      request.flushHeaders();
      expect((await answer).status).toBe(status);
      request.destroy();
    }
    expect(calls).toEqual([]);
  });

  test('that is refused is still read, but not for ever', async () => {
    await serve({});
    const small = begin('POST', PUT, { 'content-length': MIB });
    const refusal = answerTo(small);
    small.end(Buffer.alloc(MIB));
    expect((await refusal).status).toBe(400);
    const endless = begin('POST', PUT, { 'transfer-encoding': 'chunked' });
    const answer = answerTo(endless);
    endless.flushHeaders();
    expect((await answer).status).toBe(400);
    await expect(pipeline(Readable.from(chunks(Infinity)), endless)).rejects.toThrow(
      /EPIPE|ECONNRESET|hang up|premature/i,
    );
  });

  test('that the client breaks off fails for its handler', async () => {
    const failure = Promise.withResolvers<unknown>();
    await serve({
      put: (...input) => measure(...input).catch((error) => (failure.resolve(error), Promise.reject(error))),
    });
    const request = begin('POST', PUT, { ...GOOD, 'content-length': MIB });
    request.write(CHUNK);
    await expect.poll(() => request.socket?.bytesWritten).toBeGreaterThan(CHUNK.length);
    request.destroy();
    expect(await failure.promise).toMatchObject({ kind: 'invalid', message: expect.stringMatching(/ended early/) });
    await expect.poll(() => api.log.filter((line) => line['operation'] === 'put_extension_object')).toHaveLength(1);
    expect(api.log.filter((line) => line['msg'] === 'request failed')).toEqual([]);
  });

  test('that broke off before anybody read it fails as well', async () => {
    const started = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const failure = Promise.withResolvers<unknown>();
    await serve({
      put: async (input, context) => {
        input.body.once('close', gone.resolve);
        started.resolve();
        await gone.promise;
        return measure(input, context).catch((error) => (failure.resolve(error), Promise.reject(error)));
      },
    });
    const request = begin('POST', PUT, { ...GOOD, 'content-length': MIB });
    request.flushHeaders();
    await started.promise;
    request.destroy();
    expect(await failure.promise).toMatchObject({ kind: 'invalid' });
  });

  test('that stalls is broken off', async () => {
    const failure = Promise.withResolvers<unknown>();
    await serve(
      { put: (...input) => measure(...input).catch((error) => (failure.resolve(error), Promise.reject(error))) },
      { uploadLimits: { bytes: MIB, idleMs: 20 } },
    );
    const request = begin('POST', PUT, { ...GOOD, 'content-length': MIB });
    request.write(CHUNK);
    expect(await failure.promise).toMatchObject({ kind: 'invalid' });
    await closed(request);
  });

  test.each([
    ['announced', { 'content-length': 200_000 }],
    ['sent', { 'transfer-encoding': 'chunked' }],
  ])('of more bytes than allowed is refused when they are %s', async (_how, headers) => {
    await serve({ put: measure }, { uploadLimits: { bytes: 100_000, idleMs: 10_000 } });
    const request = begin('POST', PUT, { ...GOOD, ...headers });
    const answer = answerTo(request);
    request.end(Buffer.alloc(200_000));
    expect(await answer).toMatchObject({ status: 400, text: expect.stringContaining('100000 bytes') });
  });

  test('may be answered without being read, and the connection goes on', async () => {
    await serve({
      put: async ({ path }) => ({ status: 201, body: { object: stored(path.key, 0) } }),
    });
    expect((await api.call('POST', PUT, { body: 'x'.repeat(MIB) })).status).toBe(201);
    expect(api.log.filter((line) => line['level'] === 50)).toEqual([]);
  });
});

describe('a download', () => {
  test('streams with flat memory', async () => {
    const total = 64 * MIB;
    let most = 0;
    const before = buffersInUse();
    const sample = (sent: number): void => {
      if (sent % (8 * MIB) === 0) most = Math.max(most, buffersInUse());
    };
    const stream = Readable.from(chunks(total, sample));
    const sha256 = '00ff'.repeat(16);
    await serve({ get: async () => ({ status: 200, size: total, sha256, open: async () => stream }) });
    const request = begin('GET', OBJECT);
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(total),
      'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    });
    let received = 0;
    for await (const chunk of response) received += (chunk as Buffer).length;
    expect(received).toBe(total);
    expect(most - before).toBeLessThan(total / 4);
  });

  test('may be empty, but needs a token and GET', async () => {
    await serve({ get: async () => downloadOf([], 0) });
    expect(await api.call('GET', OBJECT)).toMatchObject({ status: 200, text: '' });
    expect((await api.call('GET', OBJECT, { headers: {} })).status).toBe(400);
    expect((await api.call('HEAD', OBJECT)).status).toBe(405);
  });

  test('gives the part that is asked for', async () => {
    const opened: unknown[] = [];
    const open = async (range?: { start: number; end: number }) => {
      opened.push(range);
      return Readable.from([Buffer.from('0123456789').subarray(range?.start, range?.end)]);
    };
    await serve({ get: async () => ({ status: 200, size: 10, sha256: SHA256, open }) });
    const ask = (headers: Record<string, string>) => api.call('GET', OBJECT, { headers: { ...GOOD, ...headers } });
    const part = await ask({ range: 'bytes=2-4' });
    expect(part).toMatchObject({ status: 206, text: '234' });
    expect(part.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '3',
      'content-range': 'bytes 2-4/10',
      etag: `"${SHA256}"`,
    });
    expect(await ask({ range: 'bytes=8-', 'if-range': `"${SHA256}"` })).toMatchObject({ status: 206, text: '89' });
    const whole = await ask({ range: 'bytes=8-', 'if-range': '"another"' });
    expect(whole).toMatchObject({ status: 200, text: '0123456789' });
    expect(whole.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': '10', etag: `"${SHA256}"` });
    expect(whole.headers).not.toHaveProperty('content-range');
    expect(opened).toEqual([{ start: 2, end: 5 }, { start: 8, end: 10 }, undefined]);
    const beyond = await ask({ range: 'bytes=10-' });
    expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    expect(JSON.parse(beyond.text)).toMatchObject({ message: expect.stringContaining('10 bytes') });
    expect(opened).toHaveLength(3);
  });

  test('lets go of its stream when the client goes away', async () => {
    const stream = new Readable({ read: () => stream.push(CHUNK) });
    await serve({ get: async () => ({ status: 200, size: 2 ** 40, sha256: SHA256, open: async () => stream }) });
    const request = begin('GET', OBJECT);
    request.end();
    const letGo = closed(stream);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.destroy();
    await letGo;
    await expect.poll(() => api.log.map((line) => line['msg'])).toContain('the client went away during the download');
    expect(api.log.filter((line) => line['level'] === 50)).toEqual([]);
  });

  test('is cut off when its stream fails, so that nobody takes a part for the whole', async () => {
    async function* failing() {
      yield CHUNK;
      throw new Error('the disk is broken');
    }
    await serve({ get: async () => downloadOf(failing(), 2 * CHUNK.length) });
    await expect(api.call('GET', OBJECT)).rejects.toThrow('aborted');
    await expect.poll(() => api.log.filter((line) => line['level'] === 50)).toHaveLength(1);
  });

  test('that fails at once is an error like any other', async () => {
    const damaged = new GoferError(ErrorKind.Unavailable, 'the object is damaged');
    const failing = new Readable({ read: () => failing.destroy(damaged) });
    await serve({ get: async () => ({ ...downloadOf([], 10), open: async () => failing }) });
    const answer = await api.call('GET', OBJECT);
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('the object is damaged') });
    for (const header of ['etag', 'repr-digest', 'content-range']) expect(answer.headers).not.toHaveProperty(header);
    expect(api.log.filter((line) => line['msg'] === 'download failed')).toHaveLength(1);
  });
});
