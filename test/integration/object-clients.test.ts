import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, logOf, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';
import { call } from './helpers/raw-api.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = (...args: string[]) => runProgram(args, env);

let folder = '';
let pipeline = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  pipeline = uniqueId('cli');
  await startRunOf(clientFor(), pipelineOf(pipeline, shellTask('main', 'true')));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command line with bytes on both of its ends. */
async function pipe(args: readonly string[], input: Buffer): Promise<{ code: unknown; stdout: Buffer }> {
  const program = join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.stdin.end(input);
  const [[code], stdout] = await Promise.all([once(child, 'close'), buffer(child.stdout)]);
  return { code, stdout };
}

test.each([
  ['pipeline', () => [pipeline]],
  ['run', () => [pipeline, '1']],
])('objects of a %s go from file to file', async (scope, place) => {
  const bytes = randomBytes(3_000_000);
  const [source, target] = [join(folder, `${scope}-in`), join(folder, `${scope}-out`)];
  await writeFile(source, bytes);
  const command = (name: string, ...rest: string[]) => gofer(scope, 'object', name, ...place(), ...rest);
  expect(await command('put', 'report', source)).toEqual({ code: 0, stdout: "✓ Stored object 'report'\n", stderr: '' });
  const again = await command('put', 'report', source);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toMatch(/^x object 'report' exists already.*\n {2}to replace it: --force\n$/);
  expect((await command('put', 'report', source, '--force')).code).toBe(0);

  const list = await command('list');
  expect(list.stdout).toMatch(/^\| +key +\| +size +\| created +\|\n.*\n\| report +\|/);
  expect(await command('get', 'report', '--output', target)).toMatchObject({
    code: 0,
    stdout: `✓ Wrote 2.9 MB of object 'report' to ${target}\n`,
    stderr: '',
  });
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await command('delete', 'report')).toEqual({ code: 0, stdout: "✓ Deleted object 'report'\n", stderr: '' });
  const missing = await command('get', 'report', '--output', join(folder, 'never'));
  expect(missing).toMatchObject({ code: 3, stdout: '' });
  expect(await readdir(folder)).not.toContain('never');
});

test('objects of an extension are there as well', async () => {
  const extension = uniqueId('ext');
  await call('POST', '/api/extensions', { id: extension, image: 'none', settings: {} });
  await writeFile(join(folder, 'state'), 'state');
  expect((await gofer('extension', 'object', 'put', extension, 'state', join(folder, 'state'))).code).toBe(0);
  expect((await gofer('extension', 'object', 'list', extension, '--json')).stdout).toContain('"key": "state"');
  expect((await gofer('extension', 'object', 'get', extension, 'state')).stdout).toBe('state');
  expect((await gofer('extension', 'object', 'delete', extension, 'state')).code).toBe(0);
  await call('DELETE', `/api/extensions/${extension}`);
});

test('objects go from standard input to standard output, byte by byte', async () => {
  const bytes = randomBytes(2_000_000);
  const digest = (of: Buffer) => createHash('sha256').update(of).digest('hex');
  expect((await pipe(['pipeline', 'object', 'put', pipeline, 'piped', '@'], bytes)).code).toBe(0);
  const { code, stdout } = await pipe(['pipeline', 'object', 'get', pipeline, 'piped'], Buffer.alloc(0));
  expect([code, digest(stdout)]).toEqual([0, digest(bytes)]);
  await pipe(['pipeline', 'object', 'put', pipeline, 'text', '-'], Buffer.from('größer'));
  expect((await gofer('pipeline', 'object', 'get', pipeline, 'text', '--stringify')).stdout).toBe('größer\n');
});

test('what cannot work is refused before anything is sent', async () => {
  const put = (source: string) => gofer('pipeline', 'object', 'put', pipeline, 'key', source);
  expect(await put(join(folder, 'missing'))).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot read') });
  await mkdir(join(folder, 'directory'));
  expect(await put(join(folder, 'directory'))).toMatchObject({ code: 2, stderr: expect.stringContaining('use tar') });
  const json = await gofer('pipeline', 'object', 'get', pipeline, 'key', '--json');
  expect(json).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no JSON') });
});

test('a download that breaks off leaves no file', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half of it', () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const target = join(folder, 'broken');
  const args = ['pipeline', 'object', 'get', pipeline, 'key', '--output', target];
  const outcome = await runProgram(args, { ...env, GOFER_API_BASE_URL: url });
  expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('the download broke off') });
  expect((await readdir(folder)).filter((name) => name.startsWith('broken'))).toEqual([]);
  server.close();
});

test('the example passes objects from container to container, and from run to run', async () => {
  const client = clientFor();
  const document = JSON.parse(await readFile(join(packageRoot, 'examples', 'objects', 'pipeline.json'), 'utf8'));
  const id = uniqueId('objects');
  for (const run of [1, 2]) {
    const ref = await startRunOf(client, { ...document, id });
    const finished = await untilComplete(client, ref);
    const logs = await Promise.all(['build', 'test'].map((task) => logOf(client, ref, task)));
    expect(finished.run.status, logs.join()).toBe('successful');
    expect(logs).toEqual([`stored build ${run}\n`, `tested build ${run}\n`]);
  }
});
