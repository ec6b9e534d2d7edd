import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunStatus } from '../../../../core/states.ts';
import { deliver } from '../../../../services/builtin/messages.ts';
import { notify } from '../../../../services/builtin/notify.ts';
import { hmac, subscribed } from './subjects.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let url: string;
let received: Received[];
let answer: { status: number; location?: string };

beforeEach(async () => {
  received = [];
  answer = { status: 200 };
  server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterEach(() => server.close());

const run = {
  ref: { namespace: 'default', pipeline: 'build', run: 7 },
  status: 'failed' as RunStatus,
  took: 61_000,
  description: "task 'lint': exit code 1",
};

/** The messages about a run that failed. */
function messagesOf(
  parameters: Record<string, string>,
  settings: Record<string, string> = {},
  before: RunStatus[] = [],
) {
  const reaction = notify.runs!.react(subscribed(parameters), settings, run, before);
  return reaction.kind === 'messages' ? reaction.messages : [];
}

async function deliverAll(...args: Parameters<typeof messagesOf>): Promise<void> {
  for (const message of messagesOf(...args)) await deliver(message);
}

test('a webhook gets signed JSON', async () => {
  await deliverAll({ url, secret: 'quiet' }, { public_url: 'https://gofer.example.org/' });
  const [{ headers, body }] = received as [Received];
  expect(headers['x-gofer-signature-256']).toBe(`sha256=${hmac('sha256', 'quiet', body)}`);
  expect(headers['x-gofer-delivery']).toBe('default/build/7');
  expect(JSON.parse(body)).toEqual({
    namespace: 'default',
    pipeline: 'build',
    run: 7,
    status: 'failed',
    reason: 'failed',
    reasons: ['failed'],
    description: "task 'lint': exit code 1",
    took: '1m1s',
    took_ms: 61_000,
    url: 'https://gofer.example.org/api/namespaces/default/pipelines/build/runs/7',
    message: "run #7 of pipeline 'default/build' failed. task 'lint': exit code 1",
  });
});

test('Slack gets a text in which nothing has a meaning', async () => {
  await deliverAll({ slack_url: url, message: '<{{pipeline}}> {{status}} & {{took}}' });
  expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { text: '&lt;build&gt; failed &amp; 1m1s' },
  ]);
});

test('what the receiver refuses is an error that does not say where it is', async () => {
  answer = { status: 503 };
  const error = await deliverAll({ url }).catch((reason: unknown) => reason);
  expect(String(error)).toBe('Error: the receiver answered 503');
});

test('redirects are not followed', async () => {
  answer = { status: 302, location: 'http://127.0.0.1:1/' };
  await expect(deliverAll({ url })).rejects.toThrow('the receiver answered 302');
  expect(received).toHaveLength(1);
});

describe('e-mail', () => {
  test('goes through a mail server', async () => {
    const mails: string[] = [];
    const smtp = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        username === 'me' && password === 'secret' ? done(null, { user: username }) : done(new Error('no')),
      onData: (stream, _session, done) => void text(stream).then((mail) => (mails.push(mail), done())),
    });
    smtp.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    const { port } = smtp.server.address() as AddressInfo;
    const settings = { SMTP_URL: `smtp://me:secret@127.0.0.1:${port}`, SMTP_FROM: 'gofer@example.org' };
    try {
      await deliverAll({ email: 'a@example.org, b@example.org', on: 'failures:3' }, settings, ['failed', 'failed']);
    } finally {
      await new Promise<void>((resolve) => smtp.close(resolve));
    }
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('From: gofer@example.org');
    expect(mails[0]).toContain('To: a@example.org, b@example.org');
    expect(mails[0]).toContain('Subject: default/build #7 failed 3 times in a row');
    expect(mails[0]?.replaceAll('=\r\n', '')).toContain("task 'lint': exit code 1");
  });

  test('needs a mail server in the settings', () => {
    expect(() => notify.plan(subscribed({ email: 'a@example.org' }), {})).toThrow(
      "email: needs the extension's settings smtp_url and smtp_from",
    );
  });
});

test('nothing is told that nobody asked for', () => {
  expect(messagesOf({ url, on: 'recovered, longer:5m' })).toEqual([]);
});

test.each([
  [{}, 'url: or slack_url or email is required'],
  [{ url: 'ftp://example.org' }, 'url: must be an http or https URL'],
  [{ url: 'http://x', on: 'always' }, "on: 'always' is none of ended, failed"],
  [{ url: 'http://x', message: '{{who}} {{run}}' }, 'message: there is no {{who}}'],
])('the parameters %j are refused', (parameters, message) => {
  expect(() => notify.plan(subscribed(parameters), {})).toThrow(message);
});

test.each([
  [{ smtp_url: 'smtp://x' }, 'smtp_from: is required with smtp_url'],
  [{ smtp_url: 'http://x', smtp_from: 'a@b' }, 'smtp_url: must be an smtp or smtps URL'],
])('the settings %j are refused', (settings, message) => {
  expect(() => notify.checkSettings(settings)).toThrow(message);
});
