import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** The first TypeScript program of the README is saved in a folder of its own, as a reader would do it. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gofer-readme-'));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, program = ''] = /^```ts .*\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  await writeFile(join(folder, 'pipeline.ts'), program);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the first pipeline of the README is in order', async () => {
  const gofer = join(root, 'dist', 'cli', 'bin', 'gofer.js');
  const args = [gofer, 'up', 'pipeline.ts', '--check', '--json'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env: { ...process.env, HOME: folder } });
  expect(JSON.parse(stdout)).toMatchObject({
    id: 'first',
    tasks: [
      { id: 'build', depends_on: {} },
      { id: 'test', depends_on: { build: 'Success' }, variables: { LEVEL: 'full' } },
      { id: 'alert', depends_on: { test: 'Failure' } },
    ],
  });
});

test('it type-checks in a project that has the package', async () => {
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', 'gofer'));
  const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', types: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['pipeline.ts'] }));
  const tsc = run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder]).catch((error: unknown) => error);
  expect(await tsc).toEqual({ stdout: '', stderr: '' });
});
