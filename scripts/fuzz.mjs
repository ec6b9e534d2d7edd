// Fires requests that a machine thinks up from the OpenAPI document at a live server, and looks at every answer:
//
//   node scripts/fuzz.mjs [--long] [options of `schemathesis run`]

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startCluster, temporaryFolder } from '../test/helpers/cluster.ts';
import { canInstallPackages, installPackages } from './lib/apt.mjs';
import { run, say, SetupError, works } from './lib/run.mjs';

const VERSION = '4.32.0';
const root = join(import.meta.dirname, '..');
const environment = join(homedir(), '.cache', 'gofer', 'schemathesis');
const python = join(environment, 'bin', 'python');
const program = join(environment, 'bin', 'schemathesis');

/** Installs the fuzzer into a virtual environment of its own, unless the right version is there. */
async function installFuzzer() {
  const version = existsSync(program) ? await run(program, ['--version']).catch(() => '') : '';
  if (version.includes(VERSION)) return;
  // A package of Debian's splits the module; without it a virtual environment comes out without pip.
  if (!(await works('python3', ['-m', 'ensurepip', '--version']))) {
    if (!canInstallPackages())
      throw new SetupError('the fuzzer needs python3 with its venv module: install python3-venv');
    await installPackages('python3', 'python3-venv');
  }
  say(`installing schemathesis ${VERSION} into ${environment}`);
  await rm(environment, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', environment]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`]);
}

/** Runs the fuzzer to its end and resolves with its exit code. */
function fuzz({ apiUrl, token }, cwd, args) {
  const config = ['--config-file', join(root, 'test', 'fuzz', 'schemathesis.toml')];
  const target = ['run', join(root, 'generated', 'openapi.json'), '--url', apiUrl];
  const env = { ...process.env, GOFER_TOKEN: token };
  // It leaves what it has seen in the folder that it runs in.
  const child = spawn(program, [...config, ...target, ...args], { cwd, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const args = process.argv.slice(2);
const long = args.includes('--long');
// The short form is a test, which asks for the same every time; the long one looks for what is new.
const amount = long
  ? ['--max-examples', '200', '--max-time', '1800']
  : ['--max-examples', '10', '--max-time', '100', '--seed', '1'];

try {
  await installFuzzer();
  // Runs are real, their containers are not: what those do is for other tests.
  const cluster = await startCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none' });
  const folder = await temporaryFolder();
  try {
    await cluster.startWorker();
    process.exitCode = await fuzz(cluster.addresses, folder, [...amount, ...args.filter((arg) => arg !== '--long')]);
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
