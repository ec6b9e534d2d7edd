import { globSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../runtime/embedded/ports.ts';
import { packageRoot } from '../../runtime/paths.ts';
import { startCluster, temporaryFolder, type Cluster } from '../helpers/cluster.ts';
import { clientFor } from '../helpers/gofer.ts';
import { blocksOf, essence, execute, isTyped, REASONS, stepsOf, type Outcome } from './helpers/doc-commands.ts';

const DOCUMENTS = globSync(['README.md', 'docs/*.md', 'examples/README.md', 'sdk/README.md'], { cwd: packageRoot })
  .toSorted()
  .map((path) => ({ path, blocks: blocksOf(join(packageRoot, path)) }))
  .filter(({ blocks }) => blocks.some(isTyped));
/** With these, documents need no registry, and no port that may be taken. */
const here = (text: string): string =>
  text.replaceAll('alpine:3.20', 'gofer/base:1').replaceAll('http://127.0.0.1:8080', '"$GOFER_API_BASE_URL"');

const NIGHTLY = `
    sed 's/"simple"/"nightly"/' examples/simple/pipeline.json > nightly.json
    gofer up nightly.json`;
/** What a reader has who comes to these pages, besides a server. */
const READERS: Readonly<Record<string, string>> = {
  'docs/extensions-builtin.md': `${NIGHTLY}
    SECRET=only-for-tests
    printf %s "$SECRET" | gofer secret pipeline put nightly webhook -
    gofer pipeline subscribe nightly webhook first --setting 'secret=pipeline_secret{{webhook}}'`,
  'docs/objects.md': `${NIGHTLY}
    for run in 1 2 3 4 5 6 7; do gofer run start nightly; done
    gofer run follow nightly 7
    mkdir dist && echo built > dist/app && tar -cf cache.tar dist`,
};

// A cluster of its own, with a namespace for each document: they speak of the first run of a pipeline.
let cluster: Cluster;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const external = `127.0.0.1:${await freePort()}`;
  cluster = await startCluster({ GOFER_WEB_EXTERNAL_EVENTS__BIND_ADDRESS: external });
  await cluster.startWorker();
  folder = await temporaryFolder();
  const gofer = join(folder, 'bin', 'gofer');
  await mkdir(dirname(gofer));
  const program = join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js');
  await writeFile(
    gofer,
    `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${program}' "$@"\n`,
  );
  await chmod(gofer, 0o755);
  const { apiUrl, token } = cluster.addresses;
  env = {
    PATH: `${dirname(gofer)}:${process.env['PATH']}`,
    GOFER_API_BASE_URL: apiUrl,
    GOFER_TOKEN: token,
    EXTERNAL: `http://${external}`,
    NO_COLOR: '1',
  };
}, 120_000);

afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

test('what is not executed says why', () => {
  const reasons = DOCUMENTS.flatMap(({ blocks }) => blocks.flatMap(({ words }) => words['skip'] ?? []));
  expect(new Set(reasons)).toEqual(new Set(Object.keys(REASONS)));
});

describe.each(DOCUMENTS.filter(({ blocks }) => stepsOf(blocks).length > 0))('$path', ({ path, blocks }) => {
  const steps = stepsOf(blocks).map((step) => ({ ...step, command: here(step.command) }));
  let outcomes: Outcome[] = [];

  beforeAll(async () => {
    const home = join(folder, path.replaceAll('/', '-'));
    await mkdir(home);
    await symlink(join(packageRoot, 'examples'), join(home, 'examples'));
    for (const { words, text } of blocks) if (words['file']) await writeFile(join(home, words['file']), here(text));
    const namespace = `docs-${basename(dirname(join(packageRoot, path)))}-${basename(path, '.md')}`.toLowerCase();
    const id = namespace.slice(0, 32);
    await clientFor(cluster.addresses).namespaces.create({ id, name: path, description: '' });
    const before = { line: 0, command: READERS[path] ?? '', shown: [], exit: 0 };
    const [prepared, ...rest] = await execute([before, ...steps], home, { ...env, HOME: home, GOFER_NAMESPACE: id });
    if (prepared?.exit !== 0) throw new Error(prepared?.output);
    outcomes = rest;
  }, 180_000);

  test.each(steps.map((step, index) => ({ ...step, index, title: step.command.trim().split('\n')[0] })))(
    'line $line: $title',
    ({ exit, shown, index }) => {
      const outcome = outcomes[index];
      expect(outcome, outcome?.output).toMatchObject({ exit });
      const printed = new Set(outcome?.output.split('\n').map(essence));
      expect(
        shown.filter((line) => line !== '…' && !printed.has(essence(line))),
        outcome?.output,
      ).toEqual([]);
    },
  );
});
