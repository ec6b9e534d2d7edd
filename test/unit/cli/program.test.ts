import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectSource } from '../../../cli/program/detect.ts';
import { readPipeline } from '../../../cli/program/read-pipeline.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gofer-program-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const read = (path: string, timeoutMs = 30_000) => readPipeline(path, { timeoutMs });
const entryOf = (path: string) => {
  const source = detectSource(path);
  return source.kind === 'program' ? source.program.args.at(-1) : source;
};

const TYPESCRIPT = `
import { pipeline, task } from 'gofer/sdk';
const id: string = 'demo';
pipeline(id).tasks(task('one', 'alpine:3.20')).finish();
`;

describe('finding the program', () => {
  test('a folder may name its entry, or use one of the usual names, also below src', () => {
    write('src/index.ts', '');
    expect(entryOf(folder)).toBe(join(folder, 'src/index.ts'));
    const main = write('main.mjs', '');
    expect(entryOf(folder)).toBe(main);
    write('package.json', '{"gofer": "build/ci.ts"}');
    expect(entryOf(folder)).toBe(join(folder, 'build/ci.ts'));
  });

  test('two languages are one too many, unless one is chosen', () => {
    write('pipeline.ts', '');
    write('go.mod', '');
    expect(() => detectSource(folder)).toThrow(/several languages: typescript, go/);
    expect(detectSource(folder, 'go')).toMatchObject({ program: { command: 'go', args: ['run', '.'], cwd: folder } });
  });

  test('a file in Python or Go, and whatever can be executed, is a program', () => {
    const python = write('build.py', '');
    expect(detectSource(python)).toMatchObject({ program: { command: 'python3', args: [python], cwd: folder } });
    const go = write('build.go', '');
    expect(detectSource(go)).toMatchObject({ program: { command: 'go', args: ['run', go] } });
    const anything = write('build', '');
    chmodSync(anything, 0o755);
    expect(detectSource(anything)).toMatchObject({ program: { command: anything, args: [] } });
    const inFolder = write('pipeline.py', '');
    expect(detectSource(folder)).toMatchObject({ program: { command: 'python3', args: [inFolder], cwd: folder } });
  });

  test('what cannot be run is refused', () => {
    expect(() => detectSource(folder)).toThrow(/has no pipeline program/);
    expect(() => detectSource(join(folder, 'nothing.ts'))).toThrow(/does not exist/);
    expect(() => detectSource(write('notes.txt', ''))).toThrow(/not clear how to run/);
  });
});

describe('running the program', () => {
  test('needs no installed SDK, and prints beside the document do not matter', async () => {
    const file = write('pipeline.ts', `console.log('hello');\n${TYPESCRIPT}console.log('bye');\n`);
    expect(await read(file)).toMatchObject({ id: 'demo', tasks: [{ id: 'one' }] });
    write('pipeline.ts', TYPESCRIPT.replace('gofer/sdk', 'gofer-sdk'));
    expect(await read(file)).toMatchObject({ id: 'demo' });
    expect(await read(folder)).toMatchObject({ id: 'demo' });
  });

  test('takes the document from standard output if the program knows no side channel', async () => {
    const document = { id: 'foreign', name: '', parallelism: 0, tasks: [], note: 'x'.repeat(1024 * 1024) };
    const file = write('pipeline.mjs', `console.log(${JSON.stringify(JSON.stringify(document))})`);
    expect(await read(file)).toMatchObject({ id: 'foreign' });
  });

  test('shows the last lines of standard error in order when it fails', async () => {
    const file = write('pipeline.mjs', 'for (let i = 1; i <= 40; i++) console.error(`line ${i}`); process.exit(3);');
    const failure = await read(file).catch((error: unknown) => error as { message: string; next: string[] });
    expect(failure).toMatchObject({ message: 'the pipeline program ended with exit code 3' });
    const lines = 'next' in failure ? failure.next : [];
    expect(lines.slice(0, 3)).toEqual(['... (25 lines before)', 'line 26', 'line 27']);
    expect(lines.slice(-3)).toEqual(['line 40', '', expect.stringContaining(`repeat it: cd ${folder} && `)]);
  });

  test('lists what is wrong with the pipeline without the noise of the stack', async () => {
    const file = write('pipeline.ts', TYPESCRIPT.replace("'demo'", "'no_good'"));
    const failure = await read(file).catch((error: unknown) => error as { next: string[] });
    expect('next' in failure ? failure.next.slice(0, 2) : []).toEqual([
      "PipelineError: pipeline 'no_good' has a problem:",
      '  id: must be 3 to 32 characters out of A-Z, a-z, 0-9 and -, got "no_good"',
    ]);
  });

  test('is ended, with its children, when it takes too long', async () => {
    const child = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`;
    const file = write(
      'pipeline.mjs',
      `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); ${child}; setInterval(() => {}, 1000);`,
    );
    await expect(read(file, 500)).rejects.toThrow('did not end within 0.5 s');
  });
});

describe('reading a document', () => {
  test('lists all problems', async () => {
    const file = write('pipeline.json', '{"id":"demo","name":"","parallelism":0,"tasks":[{"id":"a b"}]}');
    await expect(read(file)).rejects.toThrow(/tasks\[0\]\.id: .*\n.*tasks\[0\]\.image: is required/);
  });

  test('shows how something else begins', async () => {
    await expect(read(write('a.json', 'hello\n'))).rejects.toMatchObject({ next: ['it begins with: "hello\\n"'] });
    await expect(read(write('b.mjs', ''))).rejects.toThrow('the program gave no pipeline');
  });
});
