import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, logOf, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { containerOf, countStarts } from '../helpers/docker.ts';
import { startProgram, untilPrinted, type Program } from '../helpers/programs.ts';

/** Starting takes a few seconds: a database cluster is made, Temporal sets up its own. */
const TIMEOUT_MS = 120_000;
const GONE = { timeout: 20_000, interval: 50 };

interface Ready {
  readonly api_url: string;
  readonly external_events_url: string;
  readonly temporal_address: string;
  readonly temporal_ui_url: string;
  readonly token: string;
  readonly data_dir: string;
}

let folder: string;
let programs: Program[];

beforeEach(async () => {
  folder = await temporaryFolder();
  programs = [];
});

afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill('SIGKILL')));
  // PostgreSQL and Temporal end a little later and may still write.
  await vi.waitUntil(() => processesOf(folder).length === 0, GONE);
  await rm(folder, { recursive: true });
});

/** The command lines of all processes that name the folder. */
function processesOf(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(path));
}

/** `gofer service start` on the test's folder, apart from the one this user may have running. */
function startService({ dataDir = join(folder, 'data'), ...settings }: NodeJS.ProcessEnv = {}): Program {
  const ports = ['port', 'external-events-port', 'temporal-port', 'temporal-ui-port'].flatMap((name) => [
    `--${name}`,
    '0',
  ]);
  const program = startProgram(['service', 'start', '--json', '--data-dir', dataDir, ...ports], {
    HOME: folder,
    GOFER_CACHE_DIR: process.env['GOFER_CACHE_DIR'] ?? join(homedir(), '.cache', 'gofer'),
    ...settings,
  });
  programs.push(program);
  return program;
}

async function untilReady(program: Program): Promise<Ready> {
  return JSON.parse(await untilPrinted(program, 'stdout', '{')) as Ready;
}

const clientOf = ({ api_url: apiUrl, token }: Ready) =>
  clientFor({ apiUrl, token, databaseUrl: '', temporalAddress: '' });

test(
  'it says in one line of JSON where everything is, and leaves nothing behind when it is told to stop',
  { timeout: TIMEOUT_MS },
  async () => {
    const service = startService();
    const ready = await untilReady(service);
    const local = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready).toEqual({
      api_url: local,
      external_events_url: local,
      temporal_address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      temporal_ui_url: local,
      token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      data_dir: join(folder, 'data'),
    });
    expect((await clientOf(ready).namespaces.list()).namespaces).toMatchObject([{ id: 'default' }]);
    expect(processesOf(folder).length).toBeGreaterThan(2);

    expect(await service.kill('SIGTERM')).toBe(0);
    expect(service.output.stdout).toBe(`${JSON.stringify(ready)}\n`);
    expect(processesOf(folder)).toEqual([]);
  },
);

test('PostgreSQL and Temporal do not outlive it when it is killed', { timeout: TIMEOUT_MS }, async () => {
  const service = startService();
  await untilReady(service);
  const running = processesOf(folder).join('\n');
  expect(running).toMatch(/postgres -D/);
  expect(running).toMatch(/temporal server start-dev/);
  await service.kill('SIGKILL');
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), GONE);
});

test(
  'it listens where containers see this machine, which no list of the system has to name',
  { timeout: TIMEOUT_MS },
  async () => {
    const service = startService({ GOFER_WEB_SERVER__EXTENSION_ADDRESS: '127.0.0.9:8080' });
    const ready = await untilReady(service);
    const seen = { ...ready, api_url: ready.api_url.replace('127.0.0.1', '127.0.0.9') };
    expect((await clientOf(seen).namespaces.list()).namespaces).toHaveLength(1);
    expect(await service.kill('SIGTERM')).toBe(0);
  },
);

test(
  'a second one on the same folder is refused, and does not disturb the first',
  { timeout: TIMEOUT_MS },
  async () => {
    const first = startService();
    const ready = await untilReady(first);
    const second = startService();
    expect(await second.exited).not.toBe(0);
    expect(second.output.stderr).toContain(`${join(folder, 'data')} is in use by process ${first.child.pid}`);
    expect(second.output.stderr).not.toMatch(/^\s+at /m);
    expect((await clientOf(ready).namespaces.list()).namespaces).toHaveLength(1);
    expect(await first.kill('SIGTERM')).toBe(0);
  },
);

test(
  'killed in the middle of a run, it goes on where it was when it is started again',
  { timeout: TIMEOUT_MS },
  async () => {
    const pipeline = uniqueId('restart');
    const stop = new AbortController();
    const starts = await countStarts(pipeline, stop.signal);
    const script = 'i=0; while [ ! -f /go ]; do i=$((i+1)); echo "line $i"; sleep 0.02; done; echo end';
    const first = startService();
    const before = await untilReady(first);
    const gofer = clientOf(before);
    const ref = await startRunOf(
      gofer,
      pipelineOf(
        pipeline,
        shellTask('one', 'echo one'),
        shellTask('two', script, { depends_on: { one: 'Success' } }),
        shellTask('three', 'echo three', { depends_on: { two: 'Success' } }),
      ),
    );
    for await (const piece of gofer.followLogs({ ...ref, task: 'two' })) if (piece === 'line 20\n') break;
    const container = await containerOf(pipeline, 'two');
    await first.kill('SIGKILL');

    const after = await untilReady(startService());
    expect(after.token).toBe(before.token);
    const again = clientOf(after);
    const go = await container.exec({ Cmd: ['touch', '/go'] });
    await go.start({});
    const { run, tasks } = await untilComplete(again, ref);

    expect(run.status).toBe('successful');
    expect(Object.values(tasks).map(({ status }) => status)).toEqual(Array(3).fill('successful'));
    expect(tasks['two']?.detail?.container_id).toBe(container.id);
    expect(await logOf(again, ref, 'one')).toBe('one\n');
    expect(await logOf(again, ref, 'three')).toBe('three\n');
    const lines = (await logOf(again, ref, 'two')).split('\n');
    const counted = Array.from({ length: lines.length - 2 }, (_, index) => `line ${index + 1}`);
    expect(counted.length).toBeGreaterThanOrEqual(20);
    expect(lines).toEqual([...counted, 'end', '']);
    expect(starts).toEqual({ one: 1, two: 1, three: 1 });
    stop.abort();
  },
);
