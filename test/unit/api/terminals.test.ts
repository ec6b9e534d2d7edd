import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';

import { notFound } from '../../../core/errors.ts';
import { conflict, GOOD, startTestApi, type TestApi } from './harness.ts';

const ATTACH = '/api/namespaces/default/pipelines/nightly/runs/7/tasks/a/attach';

let api: TestApi;
const left: string[] = [];
beforeAll(async () => {
  api = await startTestApi({
    terminalHandlers: {
      async attach_task_execution({ path, query }) {
        if (path.task_id === 'gone') throw notFound('task execution', path.task_id);
        if (path.task_id === 'over') throw conflict('the task execution is not running');
        return async (socket) => {
          await socket.send(Buffer.from(`$ ${query.command}\r\n`));
          for await (const text of socket.frames) {
            if (typeof text !== 'string') continue;
            if (text === 'exit') return;
            await socket.send(Buffer.from([0xff, ...Buffer.from(text)]));
          }
          left.push(path.task_id);
        };
      },
    },
  });
});
afterAll(() => api.close());

function attach(task = 'a'): WebSocket {
  const path = `${ATTACH.replace('/a/', `/${task}/`)}?command=%2Fbin%2Fsh`;
  return new WebSocket(`${api.url.replace('http', 'ws')}${path}`, { headers: GOOD });
}

describe('a terminal', () => {
  test('brings bytes, takes texts from the first one on, and closes normally', async () => {
    const socket = attach();
    const frames: [Buffer, boolean][] = [];
    socket.on('message', (data, isBinary) => frames.push([data as Buffer, isBinary]));
    await once(socket, 'open');
    socket.send('ä');
    socket.send(Buffer.from('ignored'));
    for (let i = 0; i < 1000; i++) socket.send('x');
    socket.send('exit');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1000);
    expect(frames.every(([, isBinary]) => isBinary)).toBe(true);
    expect(String(frames[0]?.[0])).toBe('$ /bin/sh\r\n');
    expect(frames[1]?.[0]).toEqual(Buffer.from([0xff, 0xc3, 0xa4]));
    expect(frames).toHaveLength(1002);
  });

  test.each(['close', 'terminate'] as const)('sees the end of its texts when the client does %s', async (how) => {
    left.length = 0;
    const socket = attach();
    await once(socket, 'message');
    socket[how]();
    await expect.poll(() => left).toEqual(['a']);
    expect(api.log.filter((line) => line['level'] === 50)).toEqual([]);
  });

  test.each([
    ['gone', 404],
    ['over', 409],
  ])('is refused in plain HTTP: %s', async (task, status) => {
    const socket = attach(task);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
    socket.terminate();
  });

  test('needs an upgrade and a command', async () => {
    const answer = await api.call('GET', `${ATTACH}?command=sh`);
    expect([answer.status, answer.json().message]).toEqual([400, expect.stringContaining('Connection')]);
    expect((await api.call('GET', ATTACH)).json().message).toContain('query.command');
  });
});
