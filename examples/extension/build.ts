/**
 * Builds the image of the example:
 *
 *     node examples/extension/build.ts <tag> [<image to build on>]
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const PARTS = [
  ...['package.json', 'core', 'sdk', 'examples/extension'],
  ...['openapi-fetch', 'openapi-typescript-helpers', 'ws'].map((name) => `node_modules/${name}`),
];

const [tag, base] = process.argv.slice(2);
if (tag === undefined) throw new Error('usage: node examples/extension/build.ts <tag> [<image to build on>]');

const context = mkdtempSync(join(tmpdir(), 'gofer-extension-'));
try {
  for (const part of PARTS) cpSync(join(ROOT, part), join(context, part), { recursive: true });
  const options = base === undefined ? [] : ['--build-arg', `FROM=${base}`];
  const dockerfile = join(context, 'examples', 'extension', 'Dockerfile');
  execFileSync('docker', ['build', '-q', '-t', tag, '-f', dockerfile, ...options, context], { stdio: 'inherit' });
} finally {
  rmSync(context, { recursive: true });
}
