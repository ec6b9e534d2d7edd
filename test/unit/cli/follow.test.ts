import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { followRun, type RunReport } from '../../../cli/follow/follow-run.ts';
import { wholeLines } from '../../../cli/follow/whole-lines.ts';
import { createLimit } from '../../../cli/follow/limit.ts';
import { taskLog } from '../../../cli/follow/task-log.ts';
import { GoferClient } from '../../../sdk/client.ts';
import type { LogLine, Run, TaskExecution } from '../../../sdk/wire.ts';
import { executionOf as execution } from './records.ts';
import { startStubApi, type StubApi } from '../sdk/stub-api.ts';

const ref = { namespace: 'default', pipeline: 'demo', run: 1 };
const logLine = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  ...{ attempt: 1, stream: 'stdout', timestamp: '2026-01-02T03:04:05.000000000Z', position: `behind ${text}` },
  ...{ text, terminated: true },
  ...more,
});
const frame = (...line: Parameters<typeof logLine>): string => JSON.stringify(logLine(...line));

/** A server with one run of two tasks that a test moves along. */
class Server {
  run: Partial<Run> = { run_id: 1, state: 'running', status: 'unknown' };
  tasks: TaskExecution[] = [execution('one', { started: 5, state: 'running' }), execution('two', {})];
  readonly eventSockets: WebSocket[] = [];
  /** Talks on the socket of a log, by how often it was opened. */
  onLog: (socket: WebSocket, time: number, query: URLSearchParams) => void = (socket) => socket.close(1000);
  logsOpened = 0;
  stub!: StubApi; // set by start

  async start(): Promise<GoferClient> {
    this.stub = await startStubApi({
      onRequest: ({ url = '' }) => ({
        status: 200,
        body: url.endsWith('/tasks') ? { task_executions: this.tasks } : { run: this.run },
      }),
      onSocket: (socket, { url = '' }) => {
        if (url.startsWith('/api/events')) this.eventSockets.push(socket);
        else this.onLog(socket, (this.logsOpened += 1), new URL(url, this.stub.url).searchParams);
      },
    });
    return new GoferClient({ apiBaseUrl: this.stub.url });
  }

  finish(): void {
    this.tasks = [
      execution('one', { started: 5, ended: 9, state: 'complete', status: 'failed' }),
      execution('two', { ended: 9, state: 'complete', status: 'skipped' }),
    ];
    this.run = { ...this.run, state: 'complete', status: 'failed' };
    const kind = { completed_run: { namespace_id: 'default', pipeline_id: 'demo', run_id: 1, status: 'failed' } };
    for (const socket of this.eventSockets) socket.send(JSON.stringify({ id: 'e', kind, emitted: 9 }));
  }
}

function recorder(): { seen: string[]; report: RunReport } {
  const seen: string[] = [];
  return {
    seen,
    report: {
      runChanged: ({ state }) => seen.push(`run ${state}`),
      taskStarted: ({ task_id }) => seen.push(`${task_id} started`),
      taskLine: (task, line) => seen.push(`${task} | ${line}`),
      taskNote: (task, note) => seen.push(`${task} ! ${note}`),
      taskEnded: ({ task_id, status }) => seen.push(`${task_id} ${status}`),
    },
  };
}

let server: Server;
let gofer: GoferClient;
beforeEach(async () => {
  server = new Server();
  gofer = await server.start();
});
afterEach(() => server.stub.close());

describe('followRun', () => {
  test('shows start, log and end of each task in order, led by events', async () => {
    server.onLog = (socket) => {
      socket.send(frame('first'));
      socket.send(frame('sec', { terminated: false }));
      socket.send(frame('ond'));
      server.finish();
      socket.close(1000);
    };
    const { seen, report } = recorder();
    const started = performance.now();
    expect(await followRun(gofer, ref, report, new AbortController().signal)).toMatchObject({ status: 'failed' });
    expect(seen.filter((line) => !line.startsWith('two'))).toEqual([
      'run running',
      'one started',
      'one | first',
      'one | second',
      'one failed',
    ]);
    expect(seen.filter((line) => line.startsWith('two'))).toEqual(['two skipped']);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(server.stub.requests.length).toBeLessThan(12);
  });

  test('goes on without events', async () => {
    server.onLog = (socket) => {
      for (const events of server.eventSockets) events.close(1011);
      server.finish();
      socket.close(1000);
    };
    const { seen, report } = recorder();
    await followRun(gofer, ref, report, new AbortController().signal);
    expect(seen).toContain('one failed');
  });

  test('shows a run that is over already', async () => {
    server.finish();
    server.onLog = (socket) => socket.close(1008, 'the log has expired');
    const { seen, report } = recorder();
    await followRun(gofer, ref, report, new AbortController().signal);
    expect(seen).toEqual(expect.arrayContaining(['one started', 'one failed', 'two skipped']));
    expect(seen).toHaveLength(3);
  });

  test('stops when it is told to, and leaves no stream open', async () => {
    const stop = new AbortController();
    const logClosed = Promise.withResolvers<void>();
    server.onLog = (socket) => {
      socket.on('close', () => logClosed.resolve());
      socket.send(frame('first'));
    };
    const { seen, report } = recorder();
    const stopOnLine = { ...report, taskLine: (): void => stop.abort() };
    expect(await followRun(gofer, ref, stopOnLine, stop.signal)).toMatchObject({ state: 'running' });
    await logClosed.promise;
    expect(seen).toEqual(['run running', 'one started']);
  });
});

test('a log that is cut off is read on behind the last line that came', async () => {
  const begun: (string | null)[] = [];
  server.onLog = (socket, time, query) => {
    begun.push(query.get('from'));
    expect(Object.fromEntries(query)).toMatchObject({ format: 'json', attempt: '2' });
    if (time === 1) {
      socket.send(frame('one'));
      socket.send(frame('tw', { terminated: false }), () => socket.terminate());
      return;
    }
    socket.send(frame('o'));
    socket.send(frame('three', { terminated: false }));
    socket.close(1000);
  };
  const lines: string[] = [];
  for await (const { text } of taskLog(gofer, { ...ref, task: 'one' }, { attempt: 2 })) lines.push(text);
  expect(lines).toEqual(['one', 'two', 'three']);
  expect(begun).toEqual([null, 'behind tw']);
});

test('lines are put together from their pieces, those of each stream and attempt for themselves', async () => {
  async function* pieces() {
    yield* [logLine('a'), logLine('b', { terminated: false }), logLine('c', { stream: 'stderr' }), logLine('d')];
    yield* [logLine('e', { terminated: false }), logLine('f', { attempt: 2 }), logLine('g', { terminated: false })];
  }
  const lines: string[] = [];
  for await (const { text, attempt } of wholeLines(pieces())) lines.push(`${attempt} ${text}`);
  expect(lines).toEqual(['1 a', '1 c', '1 bd', '1 e', '2 f', '1 g']);
});

test('a limit lets so many through at a time', async () => {
  const limit = createLimit(2);
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 7 }, () => limit(work)));
  await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await limit(work);
  expect(most).toBe(2);
});
