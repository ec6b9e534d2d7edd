import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { github } from '../../../../services/builtin/github.ts';
import { hmac, request, subscribed } from './subjects.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64 = (pem: string | Buffer) => Buffer.from(pem).toString('base64');
const SECRET = 'hook';
const settings = {
  APP_ID: '1',
  APP_INSTALLATION: '2',
  // What GitHub hands out is PKCS #1.
  APP_KEY: base64(privateKey.export({ type: 'pkcs1', format: 'pem' })),
  APP_WEBHOOK_SECRET: SECRET,
};
const events = github.events!;
const push = { ref: 'refs/heads/main', repository: { full_name: 'o/r' }, head_commit: { id: 'abc' } };

function hook(event: string, body: string | object, headers: Record<string, string> = {}) {
  return request(
    {
      'x-github-event': event,
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${hmac('sha256', SECRET, body)}`,
      ...headers,
    },
    body,
  );
}

describe('signatures over the bytes as they came', () => {
  const body = '{ "ref" : "ünïcode" }';

  test.each([
    ['x-hub-signature-256', 'sha256'],
    ['x-hub-signature-256', 'sha1'],
    ['x-hub-signature-256', 'sha512'],
    ['x-hub-signature', 'sha1'],
    ['x-hub-signature', 'sha256'],
  ])('%s with %s', (header, algorithm) => {
    const signed = request({ [header]: `${algorithm}=${hmac(algorithm, SECRET, body)}` }, body);
    expect(() => events.verify(signed, settings, [])).not.toThrow();
  });

  test.each([
    ['none', {}],
    ['of another secret', { 'x-hub-signature-256': `sha256=${hmac('sha256', 'other', body)}` }],
    ['of other bytes', { 'x-hub-signature-256': `sha256=${hmac('sha256', SECRET, JSON.stringify(JSON.parse(body)))}` }],
    ['an unknown algorithm', { 'x-hub-signature-256': `md5=${hmac('md5', SECRET, body)}` }],
    ['no algorithm', { 'x-hub-signature-256': hmac('sha256', SECRET, body) }],
    ['too short', { 'x-hub-signature-256': 'sha256=ab' }],
    // The better header counts, also if it is the wrong one.
    [
      'a wrong one beside a right one',
      { 'x-hub-signature-256': 'sha256=00', 'x-hub-signature': `sha1=${hmac('sha1', SECRET, body)}` },
    ],
  ])('%s: refused', (_, headers) => {
    expect(() => events.verify(request(headers, body), settings, [])).toThrow(
      'the signature of this webhook is missing or wrong',
    );
  });
});

test('a form has the payload in a field, and its signature is over the form', () => {
  const form = new URLSearchParams({ payload: JSON.stringify(push) }).toString();
  const signed = hook('push', form, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' });
  events.verify(signed, settings, []);
  const matches = events.match(signed, [subscribed({ repository: 'o/r', event_filter: 'push' })], settings);
  expect(matches[0]?.variables).toMatchObject({ GOFER_EXTENSION_GITHUB_HEAD_COMMIT_ID: 'abc' });
});

test.each([
  ['text/plain', '{}', 'the content type must be application/json or a form'],
  ['application/json', '{', 'the body is not valid JSON'],
])('%s %s is refused', (type, body, message) => {
  expect(() => events.verify(hook('push', body, { 'content-type': type }), settings, [])).toThrow(message);
});

test('an event that nobody knows is genuine and starts nothing', () => {
  events.verify(hook('new_event', push), settings, []);
  expect(
    events.match(hook('new_event', push), [subscribed({ repository: 'o/r', event_filter: 'push' })], settings),
  ).toEqual([]);
});

test('pull requests with and without a check start runs side by side, and one is reported', () => {
  const payload = {
    action: 'synchronize',
    repository: { full_name: 'o/r', name: 'r', owner: { login: 'o' } },
    pull_request: { head: { sha: 'f00', ref: 'topic' }, base: { ref: 'main' }, user: { login: 'u' } },
  };
  const subscriptions = [
    subscribed({ repository: 'o/r', event_filter: 'pull_request/opened, synchronize' }, 'plain'),
    subscribed({ repository: 'o/r', event_filter: 'pull_request_with_check' }, 'checked'),
    subscribed({ repository: 'o/other', event_filter: 'pull_request' }, 'other'),
    subscribed({ repository: 'o/r', event_filter: 'pull_request', branches: 'release/*' }, 'release'),
  ];
  const matches = events.match(hook('pull_request', payload), subscriptions, settings);
  expect(matches.map(({ subscription, check, identity }) => [subscription.subscription, check, identity])).toEqual([
    ['plain', undefined, 'delivery:d-1'],
    ['checked', { owner: 'o', repo: 'r', headSha: 'f00' }, 'delivery:d-1'],
  ]);
});

test('the settings of the contract, in upper or lower case', () => {
  expect(() => github.checkSettings(settings)).not.toThrow();
  const lower = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.toLowerCase(), value]));
  expect(() => github.checkSettings(lower)).not.toThrow();
});

test.each([
  [{ APP_ID: 'x' }, 'app_id: must be a number'],
  [{ APP_KEY: '' }, 'app_key: is required'],
  [{ APP_KEY: base64('no key') }, 'app_key: must be the base64 of the PEM file of an RSA key'],
  [{ APP_WEBHOOK_SECRET: '' }, 'app_webhook_secret: is required'],
  [{ API_URL: 'nowhere' }, 'api_url: must be a URL'],
])('the settings %j are refused', (change, message) => {
  expect(() => github.checkSettings({ ...settings, ...change })).toThrow(message);
});

test('what is wrong with a key does not tell the key', () => {
  const key = base64('very private');
  expect(() => github.checkSettings({ ...settings, APP_KEY: key })).not.toThrow(key);
});

test.each([
  [{}, 'repository: is required'],
  [{ repository: 'r', event_filter: 'push' }, 'repository: must be of the form owner/name'],
  [{ repository: 'o/r' }, 'event_filter: is required'],
  [{ repository: 'o/r', event_filter: 'pushes' }, "event_filter: 'pushes' is not an event of GitHub"],
])('the parameters %j are refused', (parameters, message) => {
  expect(() => github.plan(subscribed(parameters), settings)).toThrow(message);
});
