import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { clientFor, pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';

const run = promisify(execFile);
const modules = join(packageRoot, 'node_modules');
/** A project outside the repository that has the SDK installed from its tarball, without a network. */
let project: string;
/** What the tarball has. */
let packed: readonly string[];

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(folder: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', folder, '--json', '--pack-destination', project], { cwd: packageRoot });
  const [result] = JSON.parse(stdout) as Packed[];
  if (!result) throw new Error(`npm packed nothing in ${folder}`);
  return result;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'gofer-sdk-'));
  await writeFile(join(project, 'package.json'), '{"private": true, "type": "module"}');
  const sdk = await pack('./sdk');
  packed = sdk.files.map(({ path }) => path);
  const dependencies = ['openapi-fetch', 'openapi-typescript-helpers', 'ws'];
  const tarballs = [sdk.filename];
  for (const name of dependencies) tarballs.push((await pack(join(modules, name))).filename);
  const install = ['install', '--offline', '--ignore-scripts', ...tarballs.map((name) => `./${name}`)];
  await run('npm', install, { cwd: project });
  await symlink(join(modules, '@types'), join(project, 'node_modules', '@types'));
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

/** Compiles programs, with the types of all that they import, and gives what the compiler has to say. */
async function compile(programs: Record<string, string>, types: readonly string[] = ['node']): Promise<string> {
  for (const [name, text] of Object.entries(programs)) await writeFile(join(project, name), text);
  const compilerOptions = {
    ...{ strict: true, module: 'nodenext', target: 'es2024', types, noUncheckedIndexedAccess: true },
    exactOptionalPropertyTypes: true,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(programs) }));
  return run(join(modules, '.bin', 'tsc'), ['-p', project]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

async function start(program: string): Promise<string> {
  const { apiUrl, token } = inject('cluster');
  const env = { PATH: process.env['PATH'], API: apiUrl, TOKEN: token };
  return (await run(process.execPath, [program], { cwd: project, env })).stdout;
}

describe('the package', () => {
  test('has what was compiled and nothing of the server', () => {
    expect(packed.filter((path) => !path.startsWith('dist/'))).toEqual(['README.md', 'package.json']);
    const folders = new Set(packed.filter((path) => path.startsWith('dist/')).map((path) => path.split('/')[1]));
    expect([...folders].toSorted()).toEqual(['core', 'generated', 'sdk']);
  });

  test('is of the version of Gofer, and takes its dependencies from it', async () => {
    const read = async (path: string) =>
      JSON.parse(await readFile(join(packageRoot, path), 'utf8')) as {
        version: string;
        dependencies: Record<string, string>;
      };
    const [whole, sdk] = [await read('package.json'), await read('sdk/package.json')];
    expect(sdk.version).toBe(whole.version);
    expect(whole.dependencies).toMatchObject(sdk.dependencies);
    const installed = JSON.parse(await readFile(join(project, 'node_modules', '.package-lock.json'), 'utf8')) as {
      packages: object;
    };
    expect(Object.keys(installed.packages).map((path) => path.replace('node_modules/', ''))).toEqual([
      'gofer-sdk',
      'openapi-fetch',
      'openapi-typescript-helpers',
      'ws',
    ]);
  });

  test('its examples type-check', async () => {
    const readme = await readFile(join(packageRoot, 'sdk', 'README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    expect(blocks).toHaveLength(3);
    expect(await compile(Object.fromEntries(blocks.map((text, index) => [`readme-${index}.ts`, text])))).toBe('');
  });
});

describe('a program that has installed it', () => {
  test('describes a pipeline, and needs no types of Node for that', async () => {
    const program = `
      import { pipeline, task } from 'gofer-sdk';
      pipeline('small', 'Small').tasks(task('one', 'alpine:3.20').memory('64MiB')).finish();
    `;
    expect(await compile({ 'small.ts': program }, [])).toBe('');
    expect(JSON.parse(await start('small.js'))).toMatchObject({ id: 'small', tasks: [{ memory: 67_108_864 }] });
  });

  test('starts a run, waits for it, and reads its log and its events', async () => {
    const id = uniqueId('installed');
    await clientFor().configs.register('default', pipelineOf(id, shellTask('greet', 'echo hello')));
    const program = `
      import { GoferClient, type Run } from 'gofer-sdk/client';
      const gofer = new GoferClient({ apiBaseUrl: process.env['API'] ?? '', token: process.env['TOKEN'] ?? '' });
      const place = { namespace: 'default', pipeline: '${id}' };
      const { run } = await gofer.runs.start(place);
      const ref = { ...place, run: run.run_id };
      const ended: Run = await gofer.waitForRun(ref);
      const lines: string[] = [];
      for await (const line of gofer.followLogLines({ ...ref, task: 'greet' })) lines.push(line.text);
      const kinds: string[] = [];
      for await (const event of gofer.followEvents({ history: true, reverse: true })) {
        if (JSON.stringify(event).includes(place.pipeline)) kinds.push(...Object.keys(event.kind));
      }
      const { data } = await gofer.api.GET('/api/namespaces');
      console.log(JSON.stringify({ status: ended.status, lines, kinds, namespaces: data?.namespaces.length }));
    `;
    expect(await compile({ 'client.ts': program })).toBe('');
    const seen = JSON.parse(await start('client.js')) as Record<string, unknown>;
    expect(seen).toMatchObject({ status: 'successful', lines: ['hello'], namespaces: expect.any(Number) });
    expect(seen['kinds']).toContain('completed_run');
  });
});

test('a type error is one', async () => {
  const program = `import { task } from 'gofer-sdk'; task('one', 'alpine:3.20').dependsOn('two', 'success');`;
  expect(await compile({ 'wrong.ts': program })).toContain(`'"success"' is not assignable`);
});
