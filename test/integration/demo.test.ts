import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expected } from '../../examples/dag/expected.ts';
import { packageRoot } from '../../runtime/paths.ts';

/** Runs the demo as `npm run demo` does once everything is set up. */
async function demo(): Promise<{ code: number | null; output: string }> {
  const flags = ['--disable-warning=ExperimentalWarning', join(packageRoot, 'scripts', 'demo.mjs')];
  const child = spawn(process.execPath, flags, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

test('the demo runs its pipeline, shows it, and stops everything', async () => {
  const { code, output } = await demo();
  expect(output).toContain('all ended as examples/dag/expected.ts says');
  const ran = Object.entries(expected.tasks).flatMap(([task, status]) => (status === 'skipped' ? [] : [task]));
  for (const task of ran) expect(output).toMatch(new RegExp(`^${task} +\\| started`, 'm'));
  expect(output).toContain('npm run demo -- --keep');
  expect(code).toBe(0);
});
