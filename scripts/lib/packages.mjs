import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, say } from './run.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
/** Lies inside node_modules, so that it goes when they go. */
const STAMP = join(ROOT, 'node_modules', '.gofer-lock-hash');

/** Runs `npm ci` unless node_modules was installed from this very package-lock.json. */
export async function ensurePackages() {
  const wanted = createHash('sha256')
    .update(await readFile(join(ROOT, 'package-lock.json')))
    .digest('hex');
  const installed = await readFile(STAMP, 'utf8').catch(() => undefined);
  if (installed === wanted) return;
  say('installing packages with npm ci');
  await run('npm', ['ci', '--no-progress'], { cwd: ROOT });
  await writeFile(STAMP, wanted);
}
