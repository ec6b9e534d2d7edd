import { describe, expect, test } from 'vitest';
import { webhook } from '../../../../services/builtin/webhook.ts';
import { hmac, request, subscribed } from './subjects.ts';

const SECRET = 'it is a secret';
const events = webhook.events!;

/** The variables that a request gives a run; undefined if it starts none. */
function variablesOf(parameters: Record<string, string>, ...[headers, body]: Parameters<typeof request>) {
  return events.match(request(headers, body), [subscribed({ secret: SECRET, ...parameters })], {})[0]?.variables;
}

function accepts(parameters: Record<string, string>, ...[headers, body]: Parameters<typeof request>): boolean {
  try {
    events.verify(request(headers, body), {}, [subscribed({ secret: SECRET, ...parameters })]);
    return true;
  } catch {
    return false;
  }
}

// In the shapes that these senders use.
const gitlabPush = {
  object_kind: 'push',
  ref: 'refs/heads/main',
  checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  user_username: 'jsmith',
  project: { id: 15, path_with_namespace: 'mike/diaspora' },
  commits: [{ id: 'da15608', message: 'fixed readme', added: ['CHANGELOG'] }],
  total_commits_count: 4,
};
const giteaPush = {
  ref: 'refs/heads/develop',
  after: 'bffeb74224043ba2feb48d137756c8a9331c449a',
  repository: { full_name: 'gitea/webhooks', private: false },
  pusher: { login: 'gitea' },
};
const stripeEvent = {
  id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
  object: 'event',
  type: 'invoice.paid',
  livemode: false,
  data: { object: { id: 'in_1NG8Du', amount_paid: 1999, currency: 'eur' } },
};

describe('GitLab: the secret itself in a header', () => {
  const parameters = {
    scheme: 'bearer',
    header: 'X-Gitlab-Token',
    filter: 'headers["x-gitlab-event"] == "Push Hook" and body.ref matches "^refs/heads/(main|release/.+)$"',
    variables:
      'BRANCH=body.ref, SHA=body.checkout_sha\nPROJECT=body.project.path_with_namespace,COUNT=body.total_commits_count',
    delivery: 'headers.x-gitlab-event-uuid',
  };
  const headers = { 'x-gitlab-token': SECRET, 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': '13792a34-cac6' };

  test('a push starts a run with variables from the body', () => {
    expect(
      events.match(request(headers, gitlabPush), [subscribed({ secret: SECRET, ...parameters })], {}),
    ).toMatchObject([
      {
        variables: {
          BRANCH: 'refs/heads/main',
          SHA: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
          PROJECT: 'mike/diaspora',
          COUNT: '4',
        },
        identity: 'delivery:13792a34-cac6',
      },
    ]);
  });

  test('another token, another event or another branch starts none', () => {
    expect(variablesOf(parameters, { ...headers, 'x-gitlab-token': 'guess' }, gitlabPush)).toBeUndefined();
    expect(variablesOf(parameters, { ...headers, 'x-gitlab-event': 'Tag Push Hook' }, gitlabPush)).toBeUndefined();
    expect(variablesOf(parameters, headers, { ...gitlabPush, ref: 'refs/heads/topic' })).toBeUndefined();
    expect(accepts(parameters, { ...headers, 'x-gitlab-token': 'guess' }, gitlabPush)).toBe(false);
    expect(accepts(parameters, {}, gitlabPush)).toBe(false);
    // It is genuine, although it starts nothing.
    expect(accepts(parameters, { ...headers, 'x-gitlab-event': 'Tag Push Hook' }, gitlabPush)).toBe(true);
  });
});

test('Gitea: the HMAC in hexadecimal, without the name of the algorithm', () => {
  const parameters = { header: 'x-gitea-signature', variables: 'SHA=body.after' };
  const signature = hmac('sha256', SECRET, giteaPush);
  expect(variablesOf(parameters, { 'x-gitea-signature': signature }, giteaPush)).toEqual({ SHA: giteaPush.after });
  expect(variablesOf(parameters, { 'x-gitea-signature': signature }, { ...giteaPush, after: 'x' })).toBeUndefined();
  expect(variablesOf(parameters, { 'x-gitea-signature': hmac('sha1', SECRET, giteaPush) }, giteaPush)).toBeUndefined();
});

describe('Stripe', () => {
  const sign = (seconds: number, secret = SECRET) =>
    `t=${seconds},v1=${hmac('sha256', secret, `${seconds}.${JSON.stringify(stripeEvent)}`)},v0=abc`;
  const parameters = {
    scheme: 'stripe',
    filter: 'body.type == "invoice.paid"',
    variables: 'INVOICE=body.data.object.id',
    delivery: 'body.id',
  };
  const now = Math.floor(Date.now() / 1000);

  test('a signed event starts a run, and has its own number', () => {
    const [match] = events.match(
      request({ 'stripe-signature': sign(now) }, stripeEvent),
      [subscribed({ secret: SECRET, ...parameters })],
      {},
    );
    expect(match).toMatchObject({
      variables: { INVOICE: 'in_1NG8Du' },
      identity: 'delivery:evt_1NG8Du2eZvKYlo2CUI79vXWy',
    });
  });

  test.each([
    ['an old one', sign(now - 3600)],
    ['one of somebody else', sign(now, 'other')],
    ['no time', 'v1=00'],
    ['nothing', ''],
  ])('%s is refused', (_, signature) => {
    expect(accepts(parameters, { 'stripe-signature': signature }, stripeEvent)).toBe(false);
  });
});

test('a shell script: curl with a bearer token and a form or a text', () => {
  const headers = { authorization: `Bearer ${SECRET}` };
  const parameters = { scheme: 'bearer', variables: 'WHO=body.who,ALL=body' };
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  expect(variablesOf(parameters, form, 'who=me+and+you')).toEqual({ WHO: 'me and you', ALL: '{"who":"me and you"}' });
  expect(variablesOf(parameters, { ...headers, 'content-type': 'text/plain' }, 'hello')).toEqual({
    WHO: '',
    ALL: 'hello',
  });
});

test('base64, other algorithms, and GitHub-like prefixes', () => {
  const body = '{"a":1}';
  const base64 = Buffer.from(hmac('sha256', SECRET, body), 'hex').toString('base64');
  expect(accepts({ header: 'x-shop-hmac' }, { 'x-shop-hmac': base64 }, body)).toBe(true);
  expect(
    accepts({ scheme: 'hmac-sha512' }, { 'x-hub-signature-512': `sha512=${hmac('sha512', SECRET, body)}` }, body),
  ).toBe(true);
  expect(accepts({ scheme: 'hmac-sha1' }, { 'x-hub-signature': `sha1=${hmac('sha1', SECRET, body)}` }, body)).toBe(
    true,
  );
  expect(accepts({}, { 'x-hub-signature-256': 'sha256=' }, body)).toBe(false);
});

test('a request finds the subscription that knows its secret', () => {
  const subscriptions = [subscribed({ secret: 'one' }, 'first'), subscribed({ secret: 'two' }, 'second')];
  const signed = request({ 'x-hub-signature-256': hmac('sha256', 'two', 'x') }, 'x');
  events.verify(signed, {}, subscriptions);
  expect(events.match(signed, subscriptions, {}).map(({ subscription }) => subscription.subscription)).toEqual([
    'second',
  ]);
  expect(() => events.verify(signed, {}, [])).toThrow('no subscription knows the signature of this request');
});

test.each([
  [{}, 'secret: is required'],
  [
    { secret: 's', scheme: 'md5' },
    'scheme: must be one of hmac-sha256, hmac-sha1, hmac-sha512, bearer, stripe, got "md5"',
  ],
  [{ secret: 's', filter: 'body.a ==' }, 'filter: expected a value at character 10'],
  [{ secret: 's', filter: "body.a matches '['" }, /filter: not a valid pattern \(.*\) at character 16/],
  [{ secret: 's', variables: 'A' }, "variables: 'A' is not of the form NAME=path"],
  [{ secret: 's', delivery: 'env.x' }, 'delivery: must be a path that begins with body or headers'],
])('the parameters %j are refused', (parameters, message) => {
  expect(() => webhook.plan(subscribed(parameters), {})).toThrow(message);
});
