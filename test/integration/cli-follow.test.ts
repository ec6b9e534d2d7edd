import { afterEach, expect, inject, test } from 'vitest';
import { letGo } from '../helpers/docker.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import { CTRL_C, startOnTerminal, type TerminalProgram } from '../helpers/terminal.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token };
const gofer = clientFor();
const WAITS = 'until [ -e /go ]; do sleep 0.05; done';

const open: TerminalProgram[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((program) => program.close()));
});

function follow(pipeline: string, size?: { columns: number; rows: number }): TerminalProgram {
  const program = startOnTerminal(['run', 'follow', pipeline, '1'], env, size);
  open.push(program);
  return program;
}

test('a terminal shows the tasks of a run as they go, and at the end what failed', async () => {
  const pipeline = uniqueId('live');
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      pipeline,
      shellTask('last', 'true', { depends_on: { first: 'Success' } }),
      shellTask('first', `echo hello there; ${WAITS}; echo now it breaks; exit 7`),
    ),
  );
  const program = follow(pipeline);
  await program.shows(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] first/);
  await program.shows('│ hello there');
  await program.shows(/· last +waiting for first\n/);
  expect(program.screen()).toContain('0 of 2 done: 1 running, 1 waiting');
  expect(program.screen().indexOf(' first ')).toBeLessThan(program.screen().indexOf(' last '));
  await program.resize(40, 10);
  await program.shows(/Ctrl-C: leave or cancel/);
  await program.resize(100, 30);
  await letGo(pipeline);
  expect(await program.exited).toBe(1);
  const screen = program.screen();
  expect(screen.match(/^ {2}✗ first .*exit code 7$/gm)).toHaveLength(1);
  expect(screen).toMatch(/– last .*needs success of first, which ended failed/);
  expect(screen).toMatch(/task first failed: exit code 7\n {2}│ hello there\n {2}│ now it breaks\n/);
  expect(screen).toContain(`see why: gofer run get ${pipeline} 1`);
  expect(screen).not.toContain('Ctrl-C');
  await untilComplete(gofer, ref);
});

test('Ctrl-C asks; whoever stays sees the run go on', async () => {
  const pipeline = uniqueId('live');
  const ref = await startRunOf(gofer, pipelineOf(pipeline, shellTask('main', WAITS)));
  const program = follow(pipeline);
  await program.shows('main');
  program.type(CTRL_C);
  await program.shows('Leave the run going (l)');
  program.type('x');
  await program.shows('Ctrl-C: leave or cancel');
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await letGo(pipeline);
  expect(await program.exited).toBe(0);
  expect(program.screen()).toContain('successful after');
});

test('Ctrl-C asks; whoever leaves lets the run go on', async () => {
  const pipeline = uniqueId('live');
  const ref = await startRunOf(gofer, pipelineOf(pipeline, shellTask('main', WAITS)));
  const program = follow(pipeline);
  await program.shows('main');
  program.type(CTRL_C);
  await program.shows('Leave the run going (l)');
  program.type('l');
  expect(await program.exited).toBe(130);
  expect(program.screen()).toContain(`watch it again: gofer run follow ${pipeline} 1`);
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await letGo(pipeline);
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
});

test('Ctrl-C asks; whoever cancels sees the run end', async () => {
  const pipeline = uniqueId('live');
  await startRunOf(gofer, pipelineOf(pipeline, shellTask('main', WAITS)));
  const program = follow(pipeline);
  await program.shows('main');
  program.type(CTRL_C);
  await program.shows('Leave the run going (l)');
  program.type('c');
  expect(await program.exited).toBe(1);
  expect(program.screen()).toMatch(/■ main/);
  expect(program.screen()).toContain('cancelled after');
});
