import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RunRef } from '../../core/ids.ts';
import { callerWith, headersOf } from '../helpers/callers.ts';
import { letGo } from '../helpers/docker.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import { call, expectError, HEADERS } from './helpers/raw-api.ts';

const gofer = clientFor();

/** A run of one task that goes on until it is let go. */
async function waitingRun(): Promise<RunRef> {
  const script = 'until [ -e /go ]; do sleep 0.05; done';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('attach'), shellTask('main', script)));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  return ref;
}

const pathOf = ({ namespace, pipeline, run }: RunRef, task: string) =>
  `/api/namespaces/${namespace}/pipelines/${pipeline}/runs/${run}/tasks/${task}/attach`;

/** Opens a terminal; whatever it shows is collected as text. */
function attach(
  ref: RunRef,
  command = '?command=/bin/sh',
  { task = 'main', headers = HEADERS }: { task?: string; headers?: Record<string, string> } = {},
) {
  const url = `${inject('cluster').apiUrl.replace('http', 'ws')}${pathOf(ref, task)}${command}`;
  const socket = new WebSocket(url, { headers });
  const screen = { text: '', binary: true };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    screen.text += data.toString();
    screen.binary &&= isBinary;
  });
  const shown = async (text: string) => {
    while (!screen.text.includes(text)) await once(socket, 'message');
  };
  const closed = once(socket, 'close').then(([code]) => Number(code));
  return { socket, screen, shown, closed };
}

/** The status that a refused upgrade is answered with. */
async function refusal({ socket }: ReturnType<typeof attach>): Promise<number | undefined> {
  const [request, response] = (await once(socket, 'unexpected-response')) as [{ destroy(): void }, IncomingMessage];
  request.destroy();
  return response.statusCode;
}

test('what is typed runs in the container, and the end of the command is the end', async () => {
  const ref = await waitingRun();
  const { socket, screen, shown, closed } = attach(ref);
  await once(socket, 'open');
  socket.send('echo he""llo && hostname');
  await shown('hello\r\n');
  socket.send('exit 3');
  expect(await closed).toBe(1000);
  expect(screen.binary).toBe(true);
  await letGo(ref.pipeline);
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
});

test('the command is split at single spaces', async () => {
  const ref = await waitingRun();
  const { screen, closed } = attach(ref, `?command=${encodeURIComponent('echo one  two')}`);
  expect(await closed).toBe(1000);
  expect(screen.text).toBe('one  two\r\n');
  await letGo(ref.pipeline);
  await untilComplete(gofer, ref);
});

test('the end of the task is the end of the terminal', async () => {
  const ref = await waitingRun();
  const { socket, closed } = attach(ref);
  await once(socket, 'open');
  await letGo(ref.pipeline);
  expect(await closed).toBe(1000);
  await untilComplete(gofer, ref);
});

test('a client that leaves does not disturb the task', async () => {
  const ref = await waitingRun();
  const { socket, shown, closed } = attach(ref);
  await once(socket, 'open');
  socket.send('echo th""ere');
  await shown('there');
  socket.close(1000);
  expect(await closed).toBe(1000);
  await letGo(ref.pipeline);
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
});

test('what does not run cannot be attached to', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('attach'), shellTask('main', 'true')));
  await untilComplete(gofer, ref);
  expect(await attach(ref).closed).toBe(1008);
  expect(await refusal(attach(ref, undefined, { task: 'ghost' }))).toBe(404);
  expect(await refusal(attach({ ...ref, run: 99 }))).toBe(404);
});

test('a wrong request is refused before the upgrade', async () => {
  const ref = { namespace: 'default', pipeline: 'ghost', run: 1 };
  expect(await refusal(attach(ref, ''))).toBe(400);
  expect(await refusal(attach(ref, undefined, { headers: headersOf('unknown') }))).toBe(401);
  const reader = await callerWith([{ resources: ['all'], actions: ['read'] }]);
  expect(await refusal(attach(ref, undefined, { headers: headersOf(reader) }))).toBe(401);
  expectError(await call('GET', `${pathOf(ref, 'main')}?command=sh`), 400);
});

test('a raw terminal takes bytes and its size, and tells the exit code', async () => {
  const ref = await waitingRun();
  const { socket, screen, shown, closed } = attach(ref, '?command=/bin/sh&format=raw');
  await once(socket, 'open');
  socket.send(JSON.stringify({ columns: 91, rows: 17 }));
  socket.send(Buffer.from('stty size; sleep 600\r'));
  await shown('17 91\r\n');
  socket.send(Buffer.from('\x03'));
  socket.send(Buffer.from('exit 7\r'));
  expect(await closed).toBe(1000);
  expect(screen.text).toMatch(/\{"exit_code":7\}$/);
  const wrong = attach(ref, '?command=/bin/sh&format=raw');
  await once(wrong.socket, 'open');
  wrong.socket.send('{"columns": -1}');
  expect(await wrong.closed).toBe(1003);
  await letGo(ref.pipeline);
  await untilComplete(gofer, ref);
});
