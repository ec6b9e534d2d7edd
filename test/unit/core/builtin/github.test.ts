import { describe, expect, test } from 'vitest';
import {
  checkConclusion,
  checkTarget,
  describeTotalTime,
  githubVariables,
  matchesGithub,
  parseBranches,
  parseEventFilter,
} from '../../../../core/builtin/github.ts';

function matches(filter: string, name: string, payload: object, branches = ''): boolean {
  const parsed = parseEventFilter(filter);
  if (typeof parsed === 'string') throw new Error(parsed);
  const subscription = { repository: 'o/r', filter: parsed, branches: parseBranches(branches) };
  return matchesGithub(subscription, { name, payload: { repository: { full_name: 'o/r' }, ...payload } });
}

test.each([
  ['push', { event: 'push', actions: [] }],
  ['push/main', { event: 'push', actions: ['main'] }],
  ['pull_request/opened,Synchronize', { event: 'pull_request', actions: ['opened', 'synchronize'] }],
  ['pull_request/opened, closed', { event: 'pull_request', actions: ['opened', 'closed'] }],
  ['release/', { event: 'release', actions: [] }],
  ['release/,,', { event: 'release', actions: [] }],
  ['release/published,any', { event: 'release', actions: [] }],
  ['release/a/b', { event: 'release', actions: ['a/b'] }],
])('%s', (text, filter) => {
  expect(parseEventFilter(text)).toEqual(filter);
});

test.each([
  ['pushed', "'pushed' is not an event of GitHub"],
  ['Push', "'Push' is not an event of GitHub"],
  ['', "'' is not an event of GitHub"],
  ['schedule', "GitHub sends no webhook for 'schedule', so it would never start anything"],
])('%j is refused: %s', (text, message) => {
  expect(parseEventFilter(text)).toBe(message);
});

describe('matching', () => {
  test.each([
    ['push', 'push', { ref: 'refs/heads/x' }, true],
    // Pushes carry no action, so there is nothing to apply it to.
    ['push/main', 'push', { ref: 'refs/heads/x' }, true],
    ['pull_request/opened', 'pull_request', { action: 'opened' }, true],
    ['pull_request/opened', 'pull_request', { action: 'OPENED' }, true],
    ['pull_request/opened', 'pull_request', { action: 'closed' }, false],
    ['pull_request_with_check/opened', 'pull_request', { action: 'opened' }, true],
    ['pull_request', 'push', {}, false],
    ['issues/opened', 'issues', { action: 'opened' }, true],
    ['push', 'push', { repository: { full_name: 'O/r' } }, false],
    ['push', 'push', { repository: null }, false],
  ])('%s on %s %j: %s', (filter, name, payload, expected) => {
    expect(matches(filter, name, payload)).toBe(expected);
  });

  test.each([
    ['main', 'refs/heads/main', true],
    ['main', 'refs/heads/main2', false],
    ['release/*', 'refs/heads/release/1/2', true],
    ['release/*', 'refs/heads/release', false],
    ['main, v*-x*', 'refs/heads/v1-x', true],
    ['a*a', 'refs/heads/a', false],
    ['*a*b*a*', 'refs/heads/xaybza', true],
    ['*a*b*c', 'refs/heads/abb', false],
    ['*', 'refs/tags/v1', false],
    ['main', '', false],
  ])('branches %j and a push to %s: %s', (branches, ref, expected) => {
    expect(matches('push', 'push', { ref }, branches)).toBe(expected);
  });

  test('the branch of a pull request is the one it wants to go to', () => {
    const payload = { action: 'opened', pull_request: { base: { ref: 'main' }, head: { ref: 'topic' } } };
    expect(matches('pull_request', 'pull_request', payload, 'main')).toBe(true);
    expect(matches('pull_request', 'pull_request', payload, 'topic')).toBe(false);
  });
});

describe('variables', () => {
  const repository = { full_name: 'o/r', name: 'r', owner: { login: 'o' } };

  test('of a push, as in the example of the contract', () => {
    const payload = {
      ref: 'refs/heads/dev',
      repository,
      head_commit: {
        id: 'abc',
        author: { name: 'A', email: 'a@x', username: 'au' },
        committer: { name: 'C', email: 'c@x', username: 'cu' },
      },
    };
    expect(githubVariables({ name: 'push', payload })).toEqual({
      GOFER_EXTENSION_GITHUB_EVENT: 'push',
      GOFER_EXTENSION_GITHUB_ACTION: '',
      GOFER_EXTENSION_GITHUB_REF: 'refs/heads/dev',
      GOFER_EXTENSION_GITHUB_REPOSITORY: 'o/r',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_ID: 'abc',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_AUTHOR_NAME: 'A',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_AUTHOR_EMAIL: 'a@x',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_AUTHOR_USERNAME: 'au',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_COMMITTER_NAME: 'C',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_COMMITTER_EMAIL: 'c@x',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_COMMITTER_USERNAME: 'cu',
    });
  });

  test('of a push that deletes a branch: nothing is there, nothing breaks', () => {
    const payload = { ref: 'refs/heads/dev', repository, deleted: true, head_commit: null };
    expect(githubVariables({ name: 'push', payload })).toMatchObject({
      GOFER_EXTENSION_GITHUB_REF: 'refs/heads/dev',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_ID: '',
      GOFER_EXTENSION_GITHUB_HEAD_COMMIT_COMMITTER_USERNAME: '',
    });
  });

  test('of a pull request', () => {
    const payload = {
      action: 'opened',
      repository,
      pull_request: { head: { ref: 'topic', sha: 'f00' }, user: { login: 'u', name: null } },
    };
    expect(githubVariables({ name: 'pull_request', payload })).toEqual({
      GOFER_EXTENSION_GITHUB_EVENT: 'pull_request',
      GOFER_EXTENSION_GITHUB_ACTION: 'opened',
      GOFER_EXTENSION_GITHUB_REPOSITORY: 'o/r',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_HEAD_REF: 'topic',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_BRANCH: 'topic',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_HEAD_SHA: 'f00',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_AUTHOR_USERNAME: 'u',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_AUTHOR_EMAIL: '',
      GOFER_EXTENSION_GITHUB_PULLREQUEST_AUTHOR_NAME: '',
    });
    expect(checkTarget(payload)).toEqual({ owner: 'o', repo: 'r', headSha: 'f00' });
    expect(checkTarget({ repository })).toBeUndefined();
  });

  test('of a release', () => {
    const release = {
      tag_name: 'v1',
      target_commitish: 'main',
      author: { login: 'u' },
      created_at: '2024-01-02T03:04:05Z',
      published_at: null,
    };
    expect(githubVariables({ name: 'release', payload: { action: 'created', repository, release } })).toEqual({
      GOFER_EXTENSION_GITHUB_EVENT: 'release',
      GOFER_EXTENSION_GITHUB_ACTION: 'created',
      GOFER_EXTENSION_GITHUB_REPOSITORY: 'o/r',
      GOFER_EXTENSION_GITHUB_RELEASE_TAG_NAME: 'v1',
      GOFER_EXTENSION_GITHUB_RELEASE_TARGET_COMMITISH: 'main',
      GOFER_EXTENSION_GITHUB_RELEASE_AUTHOR_LOGIN: 'u',
      GOFER_EXTENSION_GITHUB_RELEASE_CREATED_AT: '2024-01-02 03:04:05 +0000 UTC',
      GOFER_EXTENSION_GITHUB_RELEASE_PUBLISHED_AT: '',
    });
  });

  test.each([null, 3, 'x', [], {}])('of %j, which is no payload at all', (payload) => {
    for (const name of ['push', 'pull_request', 'release', 'issues']) {
      const values = Object.values(githubVariables({ name, payload }));
      expect(values.filter((value) => value !== '')).toEqual([name]);
    }
  });
});

test('conclusions and durations of check runs', () => {
  expect(['successful', 'failed', 'cancelled', 'unknown'].map(checkConclusion)).toEqual([
    'success',
    'failure',
    'cancelled',
    'neutral',
  ]);
  expect(
    [0, 1, 999, 1000, 1001, 59_999, 60_000, 119_999, 3_600_000, 86_400_000, 200_000_000, -1].map(describeTotalTime),
  ).toEqual([
    '0 milliseconds',
    '1 millisecond',
    '999 milliseconds',
    '1 second',
    '1 second 1 millisecond',
    '59 seconds 999 milliseconds',
    '1 minute',
    '1 minute',
    '1 hour',
    '1 day',
    '2 days',
    'invalid duration',
  ]);
});
