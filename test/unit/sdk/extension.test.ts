import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  Refusal,
  serveExtension,
  type Extension,
  type ExtensionContext,
  type ExternalEvent,
  type RunningExtension,
} from '../../../sdk/extension/index.ts';
import { startStubApi, type StubApi } from './stub-api.ts';

const SECRET = 'sesame';
let api: StubApi;
let running: RunningExtension;
let context: ExtensionContext;
let bodies: string[] = [];
let calls: string[] = [];
let event: ExternalEvent | undefined;

const extension: Extension = {
  documentation: {
    body: 'For tests.',
    config_params: [],
    pipeline_subscription_params: [{ key: 'word', required: true, documentation: 'any word' }],
  },
  subscribe({ pipeline, parameters }) {
    if (parameters['word'] === 'bad') throw new Refusal('no bad words');
    if (parameters['word'] === 'broken') throw new Error('a detail for the log only');
    calls.push(`subscribe ${pipeline} ${parameters['word']}`);
  },
  unsubscribe: ({ pipeline }) => void calls.push(`unsubscribe ${pipeline}`),
  externalEvent(it) {
    event = it;
  },
  debug: () => ({ calls: calls.length }),
  shutdown: () => void calls.push('shutdown'),
};

const stored = (pipeline: string, word: string) => ({
  ...{ namespace_id: 'default', pipeline_id: pipeline, extension_id: 'words', subscription_id: 'first' },
  ...{ settings: { word }, status: 'active', status_reason: null },
});

beforeAll(async () => {
  api = await startStubApi({
    onRequest(request, body) {
      if (request.method === 'GET') {
        return { status: 200, body: { subscriptions: [stored('old', 'go'), stored('worse', 'bad')] } };
      }
      bodies.push(body);
      return { status: 201, body: { run: { run_id: 7 } } };
    },
  });
  running = await serveExtension(
    (given) => {
      context = given;
      return extension;
    },
    {
      GOFER_EXTENSION_SYSTEM_ID: 'words',
      GOFER_EXTENSION_SYSTEM_SECRET: SECRET,
      GOFER_EXTENSION_SYSTEM_GOFER_HOST: api.url.replace('http://', ''),
      GOFER_EXTENSION_SYSTEM_BIND_ADDRESS: '127.0.0.1:0',
      MAX_LENGTH: '50',
    },
  );
});

beforeEach(() => {
  calls = [];
  bodies = [];
});

afterAll(async () => {
  await running.close();
  await api.close();
});

async function send(
  method: string,
  path: string,
  body?: unknown,
  authorization: string | undefined = `Bearer ${SECRET}`,
) {
  const response = await fetch(`${running.url}/api/${path}`, {
    method,
    headers: authorization === '' ? {} : { authorization },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

const names = (pipeline: string) => ({
  ...{ namespace_id: 'default', pipeline_id: pipeline, pipeline_subscription_id: 'first' },
});
const subscription = (pipeline: string, word?: string) => ({
  ...names(pipeline),
  pipeline_subscription_params: word === undefined ? {} : { word },
});

describe('an extension', () => {
  test('is well for everybody, and answers everything else only to who has the secret', async () => {
    expect(await send('GET', 'health', undefined, '')).toEqual({ status: 204, body: undefined });
    expect((await send('GET', 'info', undefined, '')).status).toBe(400);
    expect((await send('GET', 'info', undefined, 'Basic x')).status).toBe(400);
    expect((await send('GET', 'info', undefined, 'Bearer wrong')).status).toBe(401);
    expect((await send('GET', 'nothing', undefined, 'Bearer wrong')).status).toBe(401);
    expect((await send('GET', 'nothing')).status).toBe(404);
    expect(await send('GET', 'info')).toEqual({
      status: 200,
      body: { extension_id: 'words', documentation: extension.documentation },
    });
    expect(await send('GET', 'debug')).toEqual({ status: 200, body: { info: '{"calls":0}' } });
  });

  test('took on what was subscribed before, but for what it refuses, and hears nothing of repetitions', async () => {
    expect(api.requests[0]).toBe('GET /api/extensions/words/subscriptions');
    expect((await send('POST', 'subscribe', subscription('old', 'go'))).status).toBe(204);
    expect(calls).toEqual([]);
    expect((await send('DELETE', 'subscribe', names('worse'))).status).toBe(204);
    expect(calls).toEqual([]);
    expect((await send('POST', 'subscribe', subscription('old', 'stop'))).status).toBe(204);
    expect((await send('DELETE', 'subscribe', names('old'))).status).toBe(204);
    expect((await send('DELETE', 'subscribe', names('old'))).status).toBe(204);
    expect(calls).toEqual(['subscribe old stop', 'unsubscribe old']);
  });

  test('says why it refuses, but not what is wrong with itself', async () => {
    expect(await send('POST', 'subscribe', subscription('new', 'bad'))).toMatchObject({
      status: 400,
      body: { message: 'no bad words', request_id: expect.any(String) },
    });
    expect(await send('POST', 'subscribe', subscription('new'))).toMatchObject({
      status: 400,
      body: { message: "the parameter 'word' is required" },
    });
    expect((await send('POST', 'subscribe', { namespace_id: 1 })).status).toBe(400);
    const fault = await send('POST', 'subscribe', subscription('new', 'broken'));
    expect(fault.status).toBe(500);
    expect(JSON.stringify(fault.body)).not.toContain('a detail');
  });

  test('gets the bytes of external events, large ones too, and is asked to shut down', async () => {
    const bytes = [0, 255, 10];
    const request = { headers: { 'x-kind': 'ping' }, body: bytes };
    expect((await send('POST', 'external-event', request)).status).toBe(204);
    expect(event).toEqual({ headers: { 'x-kind': 'ping' }, body: Buffer.from(bytes) });
    const large = { headers: {}, body: Array.from({ length: 1_000_000 }, () => 255) };
    expect((await send('POST', 'external-event', large)).status).toBe(204);
    expect(event?.body).toHaveLength(1_000_000);
    expect((await send('POST', 'shutdown')).status).toBe(204);
    expect(calls).toEqual(['shutdown']);
  });

  test('finds its settings, and starts runs with an identity of the subscription', async () => {
    expect(context.setting('max_length')).toBe('50');
    expect(context.setting('nothing')).toBeUndefined();
    const name = { namespace: 'default', pipeline: 'old', id: 'first' };
    expect(await context.startRun(name, 'order-17', { ORDER: '17' })).toEqual({ run_id: 7 });
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { variables: { ORDER: '17' }, identity: 'first/order-17' },
    ]);
  });
});

test('a container that Gofer did not start says so', async () => {
  await expect(serveExtension(() => extension, {})).rejects.toThrow('GOFER_EXTENSION_SYSTEM_ID is missing');
});
