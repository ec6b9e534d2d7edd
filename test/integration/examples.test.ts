import { execFile, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../runtime/embedded/ports.ts';
import { startPostgres } from '../../runtime/embedded/postgres.ts';
import { packageRoot } from '../../runtime/paths.ts';
import { ensureRclone } from '../../scripts/lib/rclone.mjs';
import type { GoferClient } from '../../sdk/client.ts';
import { DOCKER_HOST, temporaryFolder } from '../helpers/cluster.ts';
import { poll, startExtensionStage, type ExtensionStage } from '../helpers/extensions.ts';
import { clientFor, logOf, untilComplete, type Finished } from '../helpers/gofer.ts';
import { buildProgramImage, findProgram } from '../helpers/images.ts';
import { runProgram } from '../helpers/programs.ts';
import { startS3 } from '../helpers/s3.ts';
import { listenForContainers, openDoor } from './helpers/for-containers.ts';

// A cluster of its own, because the examples have ids of their own, and one of them is started from outside.
let stage: ExtensionStage;
let gofer: GoferClient;
let folder: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  stage = await startExtensionStage();
  await stage.cluster.startWorker();
  gofer = clientFor(stage.cluster.addresses);
  folder = await temporaryFolder();
}, 120_000);

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Registers an example with the command line, its images replaced by those at hand. */
async function up(name: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { apiUrl, token } = stage.cluster.addresses;
  const path = join(packageRoot, 'examples', name);
  const outcome = await runProgram(['up', path], { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, ...env });
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
}

interface Ended extends Finished {
  readonly ref: { readonly namespace: string; readonly pipeline: string; readonly run: number };
}

/** Starts a run, and waits for its end. */
async function run(pipeline: string, variables: Record<string, string> = {}): Promise<Ended> {
  const started = await gofer.runs.start({ namespace: 'default', pipeline }, variables);
  const ref = { namespace: 'default', pipeline, run: started.run.run_id };
  return { ref, ...(await untilComplete(gofer, ref)) };
}

/** How a run and its tasks ended, with the logs of those that ended otherwise than wanted. */
async function expectEnds({ ref, run: { status }, tasks }: Ended, wanted: string, tasksWanted: Record<string, string>) {
  const ends = Object.fromEntries(Object.entries(tasks).map(([id, task]) => [id, task.status]));
  const surprising = Object.keys(ends).filter((id) => ends[id] !== tasksWanted[id] && ends[id] !== 'skipped');
  const logs = await Promise.all(surprising.map(async (id) => `${id}: ${await logOf(gofer, ref, id)}`));
  expect({ status, ...ends }, logs.join('\n')).toEqual({ status: wanted, ...tasksWanted });
}

const secretOf = (pipeline: string, key: string, content: string) =>
  gofer.secrets.put({ namespace: 'default', pipeline }, { key, content, force: true });

test('secrets: they are used and not shown', async () => {
  await up('secrets');
  await secretOf('secrets', 'db-password', 'hunter22');
  await gofer.secrets.putGlobal({ key: 'smtp-key', content: 'letmein-smtp', namespaces: ['default'], force: false });
  const ended = await run('secrets');
  await expectEnds(ended, 'successful', { use: 'successful', private: 'successful' });
  const log = await logOf(gofer, ended.ref, 'use');
  expect(log).toContain('the password has 8 characters, the key 12');
  expect(log).toContain('in the log they are *** and ***');
  expect(log).toContain('this is literal: not pipeline_secret{{db-password}}');
});

test('token: it is good for its own pipeline only', async () => {
  await up('token');
  const ended = await run('token');
  await expectEnds(ended, 'successful', { ask: 'successful' });
  expect(await logOf(gofer, ended.ref, 'ask')).toBe('my run is "state":"running"\nI may not see tokens\n');
});

test('fan-out: a task for each file, and their sum', async () => {
  await up('fan-out');
  const ended = await run('fan-out');
  const counts = { 'count-north': 'successful', 'count-south': 'successful', 'count-west': 'successful' };
  await expectEnds(ended, 'successful', { ...counts, total: 'successful' });
  expect(await logOf(gofer, ended.ref, 'total')).toBe('all of them sold 249\n');
});

describe('with a repository', () => {
  const git = promisify(execFile);
  let repository: string;
  let image: string;
  /** How the project in the repository does things. */
  const how = {
    LOCK_FILE: 'lock',
    INSTALL: 'mkdir node_modules && cp lock node_modules/installed',
    TEST: 'grep -q one node_modules/installed && echo tested on $(cat branch)',
    LINT: 'test -s lock',
    BUILD: 'mkdir dist && cp branch dist/app',
  };

  beforeAll(async () => {
    const [program, curl] = await Promise.all([
      findProgram('git', '/usr/bin/git'),
      findProgram('curl', '/usr/bin/curl'),
    ]);
    image = await buildProgramImage('gofer/test/git:1', program, curl);
    const work = join(folder, 'repositories', 'project');
    await mkdir(work, { recursive: true });
    const inRepository = (...args: string[]) => git(program, args, { cwd: work });
    await inRepository('init', '--quiet', '--initial-branch=main');
    for (const branch of ['main', 'feature']) {
      await inRepository('checkout', '--quiet', '-B', branch);
      await writeFile(join(work, 'branch'), branch);
      await writeFile(join(work, 'lock'), 'one\n');
      await inRepository('add', '.');
      await inRepository('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', branch);
    }
    const port = await freePort();
    const daemon = [
      'daemon',
      '--export-all',
      `--base-path=${dirname(work)}`,
      `--listen=${DOCKER_HOST}`,
      `--port=${port}`,
    ];
    const server = spawn(program, daemon, { stdio: 'ignore' });
    closers.push(() => server.kill());
    await poll(
      () => accepts(port),
      (accepted) => accepted,
    );
    repository = `git://${DOCKER_HOST}:${port}/project`;
  }, 60_000);

  test('self-test: the branch of a pull request, with a cache from the run before', async () => {
    await up('self-test', { IMAGE: image });
    const TEST = 'cat branch; ls "$CACHE"; echo kept > "$CACHE/kept"';
    const first = await run('self-test', { REPOSITORY: repository, TEST });
    await expectEnds(first, 'successful', { test: 'successful' });
    expect(await logOf(gofer, first.ref, 'test')).toMatch(
      /branch main\n[^]*found no cache\nmain[^]*stored the cache: \d+/,
    );

    const branch = { GOFER_EXTENSION_GITHUB_PULLREQUEST_BRANCH: 'feature' };
    const second = await run('self-test', { REPOSITORY: repository, TEST, ...branch });
    await expectEnds(second, 'successful', { test: 'successful' });
    expect(await logOf(gofer, second.ref, 'test')).toMatch(/branch feature\n[^]*found a cache\nfeature.*kept/s);
  });

  test('build-and-test: installed once for one lock file, tested, linted and built', async () => {
    await up('build-and-test', { IMAGE: image });
    const all = { install: 'successful', test: 'successful', lint: 'successful', package: 'successful' };
    const first = await run('build-and-test', { REPOSITORY: repository, ...how });
    await expectEnds(first, 'successful', all);
    expect(await logOf(gofer, first.ref, 'install')).toMatch(/no installed-[0-9a-f]{16}: installing/);
    expect(await logOf(gofer, first.ref, 'test')).toContain('tested on main');

    const second = await run('build-and-test', { REPOSITORY: repository, BRANCH: 'feature', ...how });
    await expectEnds(second, 'successful', all);
    expect(await logOf(gofer, second.ref, 'install')).toMatch(/found installed-[0-9a-f]{16}/);
    const { objects } = await gofer.objects.list({ namespace: 'default', pipeline: 'build-and-test' });
    expect(objects.map(({ key }) => key).toSorted()).toEqual([expect.stringMatching(/^installed-/), 'package.tar.gz']);
  });
});

test('nightly-backup: copies, checks, prunes, and does not prune if the copy is not good', async () => {
  const s3Folder = join(folder, 's3');
  const s3 = await startS3(s3Folder);
  closers.push(() => s3.stop());
  const door = await openDoor(Number(new URL(s3.endpoint).port));
  closers.push(() => door.close());
  const image = await buildProgramImage('gofer/test/rclone:1', await rclone());
  await up('nightly-backup', { IMAGE: image, S3_ENDPOINT: `http://${door.address}` });
  await secretOf('nightly-backup', 's3-key-id', s3.credentials.AWS_ACCESS_KEY_ID);
  await secretOf('nightly-backup', 's3-key', s3.credentials.AWS_SECRET_ACCESS_KEY);
  await mkdir(join(s3Folder, 'app-data', 'photos'), { recursive: true });
  await mkdir(join(s3Folder, 'backups'));
  await writeFile(join(s3Folder, 'app-data', 'notes.txt'), 'remember');
  await writeFile(join(s3Folder, 'app-data', 'photos', 'cat.jpg'), 'miaow');

  const good = await run('nightly-backup');
  await expectEnds(good, 'successful', {
    ...{ backup: 'successful', verify: 'successful', prune: 'successful', alarm: 'skipped' },
  });
  expect(await readdir(join(s3Folder, 'backups', '1'), { recursive: true })).toEqual(
    expect.arrayContaining(['notes.txt', join('photos', 'cat.jpg')]),
  );

  const bad = await run('nightly-backup', { SOURCE: 's3:nothing-there' });
  expect(bad.tasks).toMatchObject({ verify: { status: 'failed' }, prune: { status: 'skipped' } });
  expect(await logOf(gofer, bad.ref, 'alarm')).toBe('backup 2 is not good: nothing was deleted\n');
}, 180_000);

test('deploy: a signed webhook starts it, and only an approved version is deployed', async () => {
  let running = '1.4.1';
  const target = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.method === 'POST') running = body;
      response.end(running);
    });
  });
  const address = await listenForContainers(target);
  closers.push(() => target.close());
  await up('deploy');
  await secretOf('deploy', 'approval', 'who may approve knows this');
  await secretOf('deploy', 'webhook', 'who may send knows this');
  const settings = {
    secret: 'pipeline_secret{{webhook}}',
    filter: 'exists body.version',
    variables: 'VERSION=body.version, APPROVAL=body.approval, TARGET=body.target',
  };
  const subscription = { extension_id: 'webhook', subscription_id: 'release', settings };
  expect((await stage.call('POST', 'namespaces/default/pipelines/deploy/subscriptions', subscription)).status).toBe(
    201,
  );

  const code = createHash('sha256').update('1.4.2 who may approve knows this').digest('hex').slice(0, 16);
  const release = async (body: object, runNumber: number): Promise<Ended> => {
    const sent = JSON.stringify({ target: `http://${address}`, ...body });
    const signature = createHmac('sha256', 'who may send knows this').update(sent).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
    // The subscription takes a moment until it hears of requests.
    await poll(
      () => stage.send('webhook', sent, headers),
      (status) => status === 200 || status === 204,
    );
    await stage.untilRuns('deploy', runNumber);
    const ref = { namespace: 'default', pipeline: 'deploy', run: runNumber };
    return { ref, ...(await untilComplete(gofer, ref)) };
  };

  await expectEnds(await release({ version: '1.4.3', approval: code }, 1), 'failed', {
    ...{ approve: 'failed', deploy: 'skipped', 'smoke-test': 'skipped', decline: 'successful' },
  });
  expect(running).toBe('1.4.1');
  await expectEnds(await release({ version: '1.4.2', approval: code }, 2), 'successful', {
    ...{ approve: 'successful', deploy: 'successful', 'smoke-test': 'successful', decline: 'skipped' },
  });
  expect(running).toBe('1.4.2');
});

test('migration: what does not pass its test is rolled back', async () => {
  const server = await startPostgres(join(folder, 'database'));
  closers.push(() => server.stop());
  const url = new URL(server.url);
  const door = await openDoor(Number(url.port));
  closers.push(() => door.close());
  url.host = door.address;
  const psql = await findProgram('postgresql-client', '/usr/lib/postgresql/*/bin/psql');
  await up('migration', { IMAGE: await buildProgramImage('gofer/test/psql:1', psql) });
  await secretOf('migration', 'database-url', url.href);
  const database = new pg.Client({ connectionString: server.url });
  await database.connect();
  const columns = async () =>
    (await database.query('SELECT * FROM customers LIMIT 0')).fields.map(({ name }) => name).toSorted();
  try {
    await database.query(`CREATE TABLE customers (id int, address text);
      INSERT INTO customers VALUES (1, '1 Main Street, Springfield'), (2, 'somewhere')`);
    await expectEnds(await run('migration'), 'failed', {
      ...{ migrate: 'successful', verify: 'failed', 'roll-back': 'successful', 'rolled-back': 'successful' },
      done: 'skipped',
    });
    expect(await columns()).toEqual(['address', 'id']);

    await database.query(`UPDATE customers SET address = '2 High Street, Shelbyville' WHERE id = 2`);
    await expectEnds(await run('migration'), 'successful', {
      ...{ migrate: 'successful', verify: 'successful', 'roll-back': 'skipped', 'rolled-back': 'skipped' },
      done: 'successful',
    });
    expect((await database.query('SELECT city FROM customers ORDER BY id')).rows).toEqual([
      { city: 'Springfield' },
      { city: 'Shelbyville' },
    ]);
  } finally {
    await database.end();
  }
}, 180_000);

/** Rclone under its own name, which its image finds it by. */
async function rclone(): Promise<string> {
  const link = join(folder, 'rclone');
  await promisify(execFile)('ln', ['-sf', await ensureRclone(() => undefined), link]);
  return link;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, DOCKER_HOST);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
