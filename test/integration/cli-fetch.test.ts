import { beforeAll, expect, test } from 'vitest';
import { gofer } from '../helpers/cli.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const client = clientFor();
const id = uniqueId('cli-fetch');

beforeAll(async () => {
  const ref = await startRunOf(client, pipelineOf(id, shellTask('main', 'true')));
  await untilComplete(client, ref);
});

test.each([
  [[], ['pipeline', 'list']],
  [['+'], ['pipeline', 'list']],
  [[id], ['pipeline', 'get', id]],
  [
    [id, '+'],
    ['run', 'list', id],
  ],
  [
    [id, '+', '-l', '1', '-o', '1', '-n'],
    ['run', 'list', id, '-l', '1', '-o', '1', '-n'],
  ],
  [
    [id, '1'],
    ['run', 'get', id, '1'],
  ],
  [
    [id, '1', '+'],
    ['task', 'list', id, '1'],
  ],
  [
    [id, '1', 'main'],
    ['task', 'get', id, '1', 'main'],
  ],
  [
    [id, '1', '--json'],
    ['run', 'get', id, '1', '--json'],
  ],
  [
    ['ghost', '--output-format', 'json'],
    ['pipeline', 'get', 'ghost', '--output-format', 'json'],
  ],
])('fetch %j is short for %j', async (short, long) => {
  const [one, other] = [await gofer('fetch', ...short, '--detail'), await gofer(...long, '--detail')];
  const id = /"request_id":"[^"]*"/;
  expect({ ...one, stderr: one.stderr.replace(id, '') }).toEqual({ ...other, stderr: other.stderr.replace(id, '') });
});

test.each([
  [[id, 'x'], "not 'x'"],
  [[id, '+', 'main'], 'in the last place only'],
])('fetch %j is refused', async (words, message) => {
  expect(await gofer('fetch', ...words)).toMatchObject({ exit: 2, stderr: expect.stringContaining(message) });
});
