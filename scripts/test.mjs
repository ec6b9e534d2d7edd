// Every check there is: types, lint, format, dead code, then all tests. CI runs this and nothing else.

import { spawnSync } from 'node:child_process';
import { ensureBrowser } from './lib/browser.mjs';

const chosen = process.argv.slice(2);

const steps = [
  ['types', ['npm', 'run', '--silent', 'typecheck']],
  ['lint', ['npm', 'run', '--silent', 'lint']],
  // Whoever names tests does not want to wait for the fuzzer.
  ...(chosen.length === 0 ? [['fuzzing', ['node', 'scripts/fuzz.mjs']]] : []),
  ['tests', ['vitest', 'run', ...chosen]],
];

await ensureBrowser();
for (const [name, [command, ...args]] of steps) {
  process.stdout.write(`\n== ${name}: ${command} ${args.join(' ')}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stdout.write(`\n${name} failed\n`);
    process.exit(status ?? 1);
  }
}
