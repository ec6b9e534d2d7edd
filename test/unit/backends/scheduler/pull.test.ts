import { describe, expect, it } from 'vitest';
import { SchedulerFailure } from '../../../../backends/scheduler/contract.ts';
import {
  isReference,
  registryKey,
  repositoryOf,
  withTag,
} from '../../../../backends/scheduler/docker/image-reference.ts';
import { classifyPullFailure, PullFailure, readPull } from '../../../../backends/scheduler/docker/pull.ts';

async function pull(bytes: Buffer, cut: number): Promise<string[]> {
  const lines: string[] = [];
  const source = (async function* () {
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  })();
  await readPull(source, (line) => lines.push(line));
  return lines;
}

const downloading = (id: string, current: number, total: number) => ({
  status: 'Downloading',
  id,
  progressDetail: { current, total },
});

describe('readPull', () => {
  it('sums a pull up in a few lines, wherever the bytes are cut', async () => {
    const messages = [
      { status: 'Pulling from library/alpine – “edge”', id: 'edge' },
      { status: 'Pulling fs layer', progressDetail: {}, id: 'a' },
      { status: 'Pulling fs layer', progressDetail: {}, id: 'b' },
      { status: 'Already exists', progressDetail: {}, id: 'c' },
      ...Array.from({ length: 100 }, (_, i) => downloading('a', (i + 1) * 10_000, 1_000_000)),
      downloading('b', 3_000_000, 3_000_000),
      { status: 'Download complete', progressDetail: {}, id: 'b' },
      { status: 'Pull complete', progressDetail: {}, id: 'a' },
      { status: 'Pull complete', progressDetail: {}, id: 'b' },
      { status: 'Status: Downloaded newer image for alpine:edge' },
    ];
    const bytes = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));
    const whole = await pull(bytes, 0);
    expect(whole.length).toBeLessThanOrEqual(11);
    expect(whole[0]).toBe('downloaded 0 % of 1.0 MB');
    for (let cut = 1; cut < bytes.length; cut += 7) expect(await pull(bytes, cut)).toEqual(whole);
  });

  it('fails on an error within the stream, with and without detail, with and without a final newline', async () => {
    const detailed = Buffer.from('{"errorDetail":{"message":"manifest unknown"},"error":"short"}\r\n');
    await expect(pull(detailed, 9)).rejects.toThrow(new PullFailure('manifest unknown'));
    await expect(pull(Buffer.from('{"error":"toomanyrequests"}'), 4)).rejects.toThrow(
      new PullFailure('toomanyrequests'),
    );
  });
});

describe('classifyPullFailure', () => {
  const hub = "pull access denied for x, repository does not exist or may require 'docker login': denied: requested";
  it.each([
    [hub, false, SchedulerFailure.ImageNotFound],
    [hub, true, SchedulerFailure.ImageRefused],
    ['manifest for alpine:none not found: manifest unknown: manifest unknown', false, SchedulerFailure.ImageNotFound],
    ['no matching manifest for linux/s390x in the manifest list entries', false, SchedulerFailure.ImageNotFound],
    ['invalid reference format', false, SchedulerFailure.ImageNotFound],
    ['unauthorized: authentication required', true, SchedulerFailure.ImageRefused],
    ['Head "https://r.example/v2/x/manifests/1": no basic auth credentials', false, SchedulerFailure.ImageRefused],
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      false,
      SchedulerFailure.ImageUnavailable,
    ],
    ['toomanyrequests: You have reached your pull rate limit', true, SchedulerFailure.ImageUnavailable],
    ['received unexpected HTTP status: 503 Service Unavailable', false, SchedulerFailure.ImageUnavailable],
  ])('%s (credentials: %s)', (words, withCredentials, failure) => {
    const error = classifyPullFailure('r.example/x:1', words, withCredentials);
    expect(error.failure).toBe(failure);
    expect(error.message).toBe(`image r.example/x:1 could not be pulled: ${words}`);
  });
});

describe('image references', () => {
  const HUB = 'https://index.docker.io/v1/';
  const digest = `sha256:${'0'.repeat(64)}`;
  it.each([
    ['alpine', 'alpine:latest', 'alpine', HUB],
    ['alpine:3.22', 'alpine:3.22', 'alpine', HUB],
    ['user/app', 'user/app:latest', 'user/app', HUB],
    ['docker.io/user/app:1', 'docker.io/user/app:1', 'docker.io/user/app', HUB],
    ['localhost/app', 'localhost/app:latest', 'localhost/app', 'localhost'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app', 'localhost:5000'],
    ['ghcr.io/a/b/c:1', 'ghcr.io/a/b/c:1', 'ghcr.io/a/b/c', 'ghcr.io'],
    [`r.example:443/a@${digest}`, `r.example:443/a@${digest}`, 'r.example:443/a', 'r.example:443'],
    [`r.example/a:1@${digest}`, `r.example/a:1@${digest}`, 'r.example/a', 'r.example'],
  ])('%s', (image, tagged, repository, key) => {
    expect(isReference(image)).toBe(true);
    expect(withTag(image)).toBe(tagged);
    expect(repositoryOf(image)).toBe(repository);
    expect(registryKey(image)).toBe(key);
  });

  it.each(['', ' ', '../containers/json', 'a/../b', 'a?x=1', 'a b', '/a', 'a/', 'a#b', 'a%2fb', 'ä'])(
    'refuses %j',
    (image) => expect(isReference(image)).toBe(false),
  );
});
