// Sets up what is missing, then runs a program of this checkout with the Node.js that the lock file pins:
//
//   node scripts/with-setup.mjs <file> [arguments]

import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [file, ...args] = process.argv.slice(2);
process.argv.length = 2;

await import('./setup.mjs');
if (process.exitCode) process.exit();

const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
const flags = ['--disable-warning=ExperimentalWarning'];
const child = spawn(join(bin, 'node'), [...flags, join(root, file), ...args], { stdio: 'inherit', env });
// From a terminal they reach the child as well; it takes the second one for the same wish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
