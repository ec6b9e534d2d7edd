import { expect, inject, test } from 'vitest';
import type { LogLine } from '../../sdk/wire.ts';
import { listLogBlobs } from '../../store/logs.ts';
import { openStore } from '../../store/client.ts';
import { clientFor, logOf, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';
import { call } from './helpers/raw-api.ts';

const { apiUrl, token, databaseUrl } = inject('cluster');
const gofer = clientFor();

const pathOf = (ref: { pipeline: string; run: number }, task = 'main') =>
  `/api/namespaces/default/pipelines/${ref.pipeline}/runs/${ref.run}/tasks/${task}/log`;

async function linesOf(...args: Parameters<typeof gofer.followLogLines>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of gofer.followLogLines(...args)) lines.push(line);
  return lines;
}

const texts = (lines: readonly LogLine[]) => lines.map(({ attempt, text }) => `${attempt} ${text}`);

/** A task that says something, fails, and is tried once more. */
async function runTwice() {
  const script = 'echo one; echo two >&2; echo three; exit 3';
  const ref = await startRunOf(
    gofer,
    pipelineOf(uniqueId('logs'), shellTask('main', script, { retries: { attempts: 1, delay: 0 } })),
  );
  return { ref, task: { ...ref, task: 'main' } };
}

test('old clients get the story of all attempts, followed from the first on; new ones may ask for one, and go on anywhere', async () => {
  const { ref, task } = await runTwice();
  const told = await logOf(gofer, ref, 'main');
  expect(told.split('\n').toSorted()).toEqual(['', 'one', 'one', 'three', 'three', 'two', 'two']);
  await untilComplete(gofer, ref);

  const all = await linesOf(task);
  expect(all.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(all.map(({ text }) => `${text}\n`).join('')).toBe(told);
  expect(all.filter(({ stream }) => stream === 'stderr').map(({ text }) => text)).toEqual(['two', 'two']);
  expect(texts(await linesOf(task, { attempt: 2 }))).toEqual(texts(all.slice(3)));
  for (const [index, { position }] of all.entries()) {
    expect(await linesOf(task, { from: position })).toEqual(all.slice(index + 1));
  }
  await expect(linesOf(task, { from: 'nowhere' })).rejects.toMatchObject({ code: 1003 });
});

test('a part of a log is a plain request', async () => {
  const { ref } = await runTwice();
  await untilComplete(gofer, ref);
  const all = await linesOf({ ...ref, task: 'main' });
  const first = await call('GET', `${pathOf(ref)}?limit=4`);
  expect(first.body).toEqual({ lines: all.slice(0, 4), next: all[3]?.position, attempts: [1, 2], finished: false });
  const rest = await call('GET', `${pathOf(ref)}?from=${all[3]?.position}`);
  expect(rest.body).toEqual({ lines: all.slice(4), next: all[5]?.position, attempts: [1, 2], finished: true });
  expect((await call('GET', `${pathOf(ref)}?tail=2`)).body).toMatchObject({ lines: all.slice(4), finished: true });
  expect((await call('GET', `${pathOf(ref)}?attempt=1&contains=THREE`)).body).toMatchObject({
    lines: all.filter(({ attempt, text }) => attempt === 1 && text === 'three'),
    finished: true,
  });
  expect((await call('GET', `${pathOf(ref)}?from=nowhere`)).status).toBe(400);
  expect((await call('GET', pathOf(ref, 'other'))).status).toBe(404);

  const text = await call('GET', `${pathOf(ref)}/text?attempt=2`);
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(text.text).toBe(
    all
      .slice(3)
      .map((line) => `${line.text}\n`)
      .join(''),
  );
  const timed = await call('GET', `${pathOf(ref)}/text?timestamps=true`);
  expect(timed.text).toBe(all.map((line) => `${line.timestamp} ${line.text}\n`).join(''));
});

test('the log of a task without a container is empty and has an end', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('logs'),
      shellTask('main', 'exit 1'),
      shellTask('next', 'true', { depends_on: { main: 'Success' } }),
    ),
  );
  expect(await logOf(gofer, ref, 'next')).toBe('');
  await untilComplete(gofer, ref);
  expect((await call('GET', pathOf(ref, 'next'))).body).toEqual({ lines: [], attempts: [], finished: true });
});

test('a removed log is gone with its bytes', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(uniqueId('logs'), shellTask('main', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i"; done')),
  );
  await untilComplete(gofer, ref);
  expect((await logOf(gofer, ref, 'main')).split('\n')).toHaveLength(20_001);
  const store = openStore(databaseUrl, () => undefined);
  expect(await listLogBlobs(store.db, 'default', ref.pipeline)).not.toEqual([]);
  expect((await call('DELETE', `${pathOf(ref)}s`)).status).toBe(204);
  expect(await listLogBlobs(store.db, 'default', ref.pipeline)).toEqual([]);
  await store.close();
  expect((await call('GET', pathOf(ref))).status).toBe(409);
  await expect(linesOf({ ...ref, task: 'main' })).rejects.toMatchObject({ code: 1008 });
});

test('the command shows what it is asked for', async () => {
  const { ref } = await runTwice();
  await untilComplete(gofer, ref);
  const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
  const logs = async (...flags: string[]) => {
    const { stdout, stderr } = await runProgram(['task', 'logs', ref.pipeline, String(ref.run), 'main', ...flags], env);
    return stdout + stderr;
  };
  expect((await logs()).split('\n')).toHaveLength(7);
  expect(await logs('--attempt', '1', '--grep', '^t.*e$')).toBe('three\n');
  expect((await logs('--tail', '2')).split('\n')).toHaveLength(3);
  expect(await logs('--since', '2999-01-01')).toBe('');
  expect((await logs('--since', '1h', '--timestamps')).split('\n')[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (one|two)$/);
  expect(await logs('--since', 'soon')).toContain("'soon' is no time");
  expect(await logs('--grep', '(')).toContain('Invalid regular expression');
});
