import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { run, say } from './run.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const STAMP = join(ROOT, 'dist', '.build-hash');
const FOLDERS = [
  'core',
  'workflows',
  'activities',
  'api',
  'backends',
  'store',
  'services',
  'sdk',
  'cli',
  'console',
  'runtime',
  'openapi',
  'prisma',
  'scripts',
];
const EXTENSIONS = new Set(['.ts', '.tsx', '.css', '.html', '.js', '.svg', '.mjs', '.yaml', '.prisma', '.sql']);

/** Runs `npm run build` unless what it reads is unchanged since the last time. */
export async function build() {
  const wanted = await hashSources();
  const built = await readFile(STAMP, 'utf8').catch(() => undefined);
  if (built === wanted) return;
  say('building with npm run build');
  await run('npm', ['run', 'build'], { cwd: ROOT });
  await mkdir(dirname(STAMP), { recursive: true });
  await writeFile(STAMP, wanted);
}

/** Contents of the few files that steer the build; for sources path, size and time of change, which is 20 times faster. */
async function hashSources() {
  const hash = createHash('sha256');
  const top = (await readdir(ROOT)).filter((name) =>
    /^(package-lock\.json|package\.json|tsconfig.*\.json)$/.test(name),
  );
  for (const name of top.sort()) hash.update(`${name}\0`).update(await readFile(join(ROOT, name)));

  const listings = await Promise.all(
    FOLDERS.map((folder) => readdir(join(ROOT, folder), { recursive: true }).catch(() => [])),
  );
  const sources = FOLDERS.flatMap((folder, index) => listings[index].map((name) => join(folder, name)))
    .filter((path) => EXTENSIONS.has(extname(path)))
    .sort();
  const stats = await Promise.all(sources.map((path) => stat(join(ROOT, path))));
  sources.forEach((path, index) => hash.update(`${path}\0${stats[index].size}\0${stats[index].mtimeMs}\n`));
  return hash.digest('hex');
}
