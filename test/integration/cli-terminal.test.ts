import { afterEach, expect, inject, test } from 'vitest';
import type { RunRef } from '../../core/ids.ts';
import { letGo } from '../helpers/docker.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';
import { CTRL_C, startOnTerminal, type TerminalProgram } from '../helpers/terminal.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = clientFor();

const open: TerminalProgram[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((program) => program.close()));
});

function onTerminal(...args: string[]): TerminalProgram {
  const program = startOnTerminal(args, env);
  open.push(program);
  return program;
}

async function waitingRun(): Promise<RunRef> {
  const script = 'until [ -e /go ]; do sleep 0.05; done';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('shell'), shellTask('main', script)));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  return ref;
}

test('a shell in a running container has a terminal of its own, with its size and its keys', async () => {
  const ref = await waitingRun();
  const program = onTerminal('task', 'shell', ref.pipeline, '1', 'main');
  await program.shows('Ctrl-] leaves');
  program.type('stty size; echo re""ady; sleep 600\r');
  await program.shows('30 100');
  await program.shows('ready');
  await program.resize(77, 22);
  program.type(CTRL_C);
  program.type('stty size\r');
  await program.shows('22 77');
  program.type('exit 9\r');
  expect(await program.exited).toBe(9);
  await letGo(ref.pipeline);
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
});

test('Ctrl-] leaves, and a command without a terminal is typed from what is piped in', async () => {
  const ref = await waitingRun();
  const program = onTerminal('task', 'attach', ref.pipeline, '1', 'main');
  await program.shows('Ctrl-] leaves');
  program.type('echo he""re\r');
  await program.shows('here');
  program.type('\x1d');
  expect(await program.exited).toBe(0);
  const attach = (...args: string[]) => runProgram(['task', 'attach', ref.pipeline, '1', ...args], env);
  const echo = await attach('main', '--cmd', 'echo one two');
  expect(echo).toMatchObject({ code: 0, stdout: 'one two\r\n' });
  expect((await attach('main', '--cmd', 'cat /missing')).code).toBe(1);
  expect((await attach('ghost')).code).toBe(3);
  await letGo(ref.pipeline);
  await untilComplete(gofer, ref);
  const late = await attach('main');
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('not running');
});
