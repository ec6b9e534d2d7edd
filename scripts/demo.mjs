// Shows a pipeline at work: starts the embedded stack, registers examples/dag, runs it and follows it to its end.
//
//   npm run demo              stops and removes everything at the end
//   npm run demo -- --keep    leaves the stack running until Ctrl-C

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expected } from '../examples/dag/expected.ts';

const gofer = join(import.meta.dirname, '..', 'dist', 'cli', 'bin', 'gofer.js');
const keep = process.argv.includes('--keep');
const say = (line = '') => process.stdout.write(`${line}\n`);

/** Starts the stack and resolves with its addresses. */
async function startStack(dataDir) {
  const ports = ['--port', '--external-events-port', '--temporal-port', '--temporal-ui-port'].flatMap((flag) => [
    flag,
    '0',
  ]);
  const child = spawn(
    process.execPath,
    [...process.execArgv, gofer, 'service', 'start', '--json', '--data-dir', dataDir, ...ports],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, GOFER_WEB_API__LOG_LEVEL: 'warn' },
    },
  );
  const exited = once(child, 'exit').then(() => undefined);
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  if (!line) throw new Error('the stack did not start');
  return { child, exited, addresses: JSON.parse(line[0]) };
}

function runGofer(addresses, args, stdio = 'inherit') {
  const env = { ...process.env, GOFER_API_BASE_URL: addresses.api_url, GOFER_TOKEN: addresses.token };
  return spawn(process.execPath, [...process.execArgv, gofer, ...args], { stdio: ['ignore', stdio, 'inherit'], env });
}

async function jsonOf(addresses, args) {
  const child = runGofer(addresses, [...args, '--json'], 'pipe');
  const chunks = await child.stdout.toArray();
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** What ended otherwise than the example says it must. */
async function surprises(addresses) {
  const { run } = await jsonOf(addresses, ['run', 'get', 'dag', '1']);
  const { task_executions: tasks } = await jsonOf(addresses, ['task', 'list', 'dag', '1']);
  const ended = { run: run.status, ...Object.fromEntries(tasks.map((task) => [task.task_id, task.status])) };
  return Object.entries({ run: expected.run, ...expected.tasks }).filter(([name, status]) => ended[name] !== status);
}

const dataDir = await mkdtemp(join(tmpdir(), 'gofer-demo-'));
// PostgreSQL, which does not run as root, has to pass through it.
await chmod(dataDir, 0o755);
let interrupted = false;
process.on('SIGINT', () => (interrupted = true));

say('demo: starting PostgreSQL, Temporal, the API and a worker');
const { child, exited, addresses } = await startStack(dataDir);
process.on('SIGTERM', () => child.kill());
try {
  say('demo: gofer up examples/dag --run --follow');
  const [status] = await once(runGofer(addresses, ['up', 'examples/dag', '--run', '--follow']), 'exit');
  await once(runGofer(addresses, ['run', 'get', 'dag', '1']), 'exit');
  const unexpected = status === null ? [['run', 'interrupted']] : await surprises(addresses);
  say();
  for (const [name, wanted] of unexpected) say(`demo: ${name} should have ended '${wanted}'`);
  if (unexpected.length === 0)
    say('demo: all ended as examples/dag/expected.ts says: lint fails on purpose, and so does the run');
  process.exitCode = unexpected.length === 0 ? 0 : 1;
  if (keep && !interrupted) {
    say(`demo: the API is at     ${addresses.api_url}`);
    say(`demo: the Temporal UI   ${addresses.temporal_ui_url} shows the run as workflow run:default/dag/1`);
    say(`demo: to use the CLI    export GOFER_API_BASE_URL=${addresses.api_url} GOFER_TOKEN=${addresses.token}`);
    say('demo: Ctrl-C stops and removes all this');
    await exited;
  } else {
    say('demo: next, keep it running to look around:  npm run demo -- --keep');
    say('demo: or start a stack of your own:          npm start');
  }
} finally {
  child.kill();
  await exited;
  await rm(dataDir, { recursive: true, force: true });
}
