import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunRef } from '../../core/ids.ts';
import type { TaskDocument } from '../../core/pipeline-config.ts';
import type { GoferClient } from '../../sdk/client.ts';
import { type Cluster, startCluster } from '../helpers/cluster.ts';
import { letGo } from '../helpers/docker.ts';
import { clientFor, logOf, pipelineOf, shellTask, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import type { Program } from '../helpers/programs.ts';

const planted = (what: string) => `planted-${what}-${randomBytes(12).toString('hex')}`;
/** What nobody must find anywhere. */
const SECRETS = {
  pipelineSecret: planted('pipeline'),
  globalSecret: planted('global'),
  hugeSecret: planted('huge'),
  registryPassword: planted('registry'),
  extensionSetting: planted('setting'),
  extensionRegistryPassword: planted('ext-registry'),
  formerSecret: planted('former'),
};
/** What has to be found, so that the search is known to work. */
const VISIBLE = planted('visible');
/** The token of a run, once it is known. */
const tokens: string[] = [];

/** How a value may be written somewhere: plainly, in base64 wherever it begins, in hexadecimal. */
function spellingsOf(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(4, 4 + Math.floor((value.length - 6) / 3) * 4);
  });
  return [value, bytes.toString('hex'), ...base64].map((text) => Buffer.from(text));
}

/** Names of what was found in any of these. */
function findIn(haystack: string | Buffer): string[] {
  const bytes = Buffer.from(haystack);
  const values = Object.entries({ ...SECRETS, ...Object.fromEntries(tokens.entries()), VISIBLE });
  return values.filter(([, value]) => spellingsOf(value).some((text) => bytes.includes(text))).map(([name]) => name);
}

let cluster: Cluster;
let gofer: GoferClient;
const programs: Program[] = [];
const runs: RunRef[] = [];
const PIPELINE = { namespace: 'default', pipeline: uniqueId('leaks') };
const VARIABLES = {
  A: 'pipeline_secret{{mine}}',
  B: 'global_secret{{leaks}}',
  C: VISIBLE,
};
/** Ends well only if the values have come through. */
const CHECK = [
  ['A', SECRETS.pipelineSecret],
  ['B', SECRETS.globalSecret],
]
  .map(([name, value]) => {
    const digest = createHash('sha256').update(String(value)).digest('hex');
    return `[ "$(printf %s "$${name}" | sha256sum | cut -c1-64)" = ${digest} ] || exit 9`;
  })
  .join('; ');

const task = (script: string, more: Partial<TaskDocument> = {}) =>
  shellTask('main', `${CHECK}; ${script}`, { variables: VARIABLES, ...more });

/** Starts a run of the pipeline with this task. */
async function start(main: TaskDocument): Promise<RunRef> {
  await gofer.configs.register('default', pipelineOf(PIPELINE.pipeline, main));
  const { run } = await gofer.runs.start(PIPELINE, { RUN_VARIABLE: 'pipeline_secret{{mine}}' });
  const ref = { ...PIPELINE, run: run.run_id };
  runs.push(ref);
  return ref;
}

async function outcomeOf(main: TaskDocument) {
  const { tasks } = await untilComplete(gofer, await start(main));
  return tasks['main'];
}

async function startWorker(): Promise<Program> {
  const worker = await cluster.startWorker();
  programs.push(worker);
  return worker;
}

beforeAll(async () => {
  cluster = await startCluster({ GOFER_WEB_API__LOG_LEVEL: 'trace' });
  const api = await cluster.startApi();
  programs.push(api);
  await startWorker();
  gofer = clientFor({ ...cluster.addresses, apiUrl: api.url });
  await gofer.configs.register('default', pipelineOf(PIPELINE.pipeline, task('true')));
  await gofer.secrets.put(PIPELINE, { key: 'mine', content: SECRETS.formerSecret, force: false });
  await gofer.secrets.put(PIPELINE, { key: 'mine', content: SECRETS.pipelineSecret, force: true });
  await gofer.secrets.put(PIPELINE, { key: 'huge', content: SECRETS.hugeSecret.repeat(5_000), force: false });
  await gofer.secrets.putGlobal({ key: 'leaks', content: SECRETS.globalSecret, namespaces: ['.*'], force: false });
  await gofer.api.POST('/api/extensions', {
    body: {
      id: 'leaks',
      image: 'localhost:1/none:1',
      settings: { API_TOKEN: SECRETS.extensionSetting, PLAIN: VISIBLE },
      registry_auth: { user: 'robot', pass: SECRETS.extensionRegistryPassword },
      additional_roles: [],
    },
  });
}, 120_000);

afterAll(() => cluster?.stop());

describe('tasks are given secrets, and', () => {
  test('so is who asks for them, on record', async () => {
    expect((await gofer.secrets.get(PIPELINE, 'mine', true)).secret).toBe(SECRETS.pipelineSecret);
    expect((await gofer.secrets.get(PIPELINE, 'mine', false)).secret).toBeNull();
  });

  test('succeed', async () => {
    expect(await outcomeOf(task('echo "$C"'))).toMatchObject({ status: 'successful', exit_code: 0 });
  });

  test('print them, plainly and encoded', async () => {
    const script = String.raw`echo "$A"; echo "$B" | base64; printf %s "x$A" | base64 | tr -d "\n"; echo "$A$B" >&2`;
    expect(await outcomeOf(task(script))).toMatchObject({ status: 'successful' });
  });

  test('print them where the engine splits a long line', async () => {
    const dots = (count: number) => String.raw`head -c ${count} /dev/zero | tr "\0" .`;
    const script = `${dots(16_370)}; printf %s "$A"; ${dots(16_350)}; echo "$B"`;
    expect(await outcomeOf(task(script))).toMatchObject({ status: 'successful' });
  });

  test('fail', async () => {
    expect(await outcomeOf(task('exit 3'))).toMatchObject({ status: 'failed', exit_code: 3 });
  });

  test('are tried again', async () => {
    const outcome = await outcomeOf(task('echo "$A" "$B"; exit 4', { retries: { attempts: 1, delay: 0.1 } }));
    expect(outcome).toMatchObject({ status: 'failed', exit_code: 4, detail: { attempt: 2 } });
  });

  test.each([
    ['of their own', SECRETS.registryPassword],
    ['that are a secret', 'pipeline_secret{{mine}}'],
  ])('cannot be pulled, with credentials %s', async (_whose, pass) => {
    const outcome = await outcomeOf(
      task('true', {
        image: 'localhost:1/none:1',
        registry_auth: { user: 'robot', pass },
        always_pull_newest_image: true,
      }),
    );
    expect(outcome).toMatchObject({ status: 'failed', status_reason: { reason: 'scheduler_error' } });
  });

  test('cannot be started', async () => {
    const outcome = await outcomeOf(shellTask('main', '', { variables: VARIABLES, entrypoint: ['/no/such/program'] }));
    expect(outcome).toMatchObject({ status: 'failed', status_reason: { reason: 'scheduler_error' } });
  });

  test('lack another one', async () => {
    const outcome = await outcomeOf(task('true', { variables: { ...VARIABLES, D: 'pipeline_secret{{ghost}}' } }));
    expect(outcome).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
  });

  test('have one that is too long', async () => {
    const outcome = await outcomeOf(task('true', { variables: { ...VARIABLES, D: 'pipeline_secret{{huge}}' } }));
    expect(outcome).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
  });

  test('are cancelled', async () => {
    const ref = await start(task('exec sleep 600'));
    await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
    await gofer.tasks.cancel({ ...ref, task: 'main' }, 0);
    expect((await untilComplete(gofer, ref)).tasks['main']).toMatchObject({ status: 'cancelled' });
  });

  test('survive the death of their worker', async () => {
    const [doomed] = programs.slice(-1);
    const ref = await start(
      task('echo "$C"; echo "$A"; while [ ! -f /go ]; do sleep 0.05; done; echo "$A"; [ ${#GOFER_TOKEN} = 32 ]', {
        inject_api_token: true,
      }),
    );
    await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
    const token = await gofer.secrets.get(PIPELINE, `gofer_api_token_run_id_${ref.run}`, true);
    tokens.push(token.secret ?? '');
    await doomed?.kill('SIGKILL');
    await startWorker();
    await letGo(PIPELINE.pipeline);
    expect((await untilComplete(gofer, ref)).tasks['main']).toMatchObject({ status: 'successful' });
  });
});

describe('and nowhere is a value to be found:', () => {
  test('in no row of any table', async () => {
    const database = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
    await database.connect();
    try {
      const { rows: tables } = await database.query<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'public'`,
      );
      expect(tables.length).toBeGreaterThan(10);
      const seen = new Set<string>();
      for (const { name } of tables) {
        const { rows } = await database.query<{ row: string }>(`select t::text as row from "${name}" t`);
        for (const found of findIn(rows.map(({ row }) => row).join('\n'))) seen.add(`${name}: ${found}`);
      }
      expect([...seen].filter((place) => !place.endsWith(': VISIBLE'))).toEqual([]);
      expect(seen).toContain('pipeline_configs: VISIBLE');
    } finally {
      await database.end();
    }
  });

  test('in no history and no memo of a workflow', async () => {
    const connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
    try {
      const { workflow } = new Client({ connection });
      let count = 0;
      for await (const { workflowId, runId, memo } of workflow.list()) {
        const history = await workflow.getHandle(workflowId, runId).fetchHistory();
        expect(findIn(JSON.stringify([memo, readable(history)])), workflowId).toEqual([]);
        count++;
      }
      expect(count).toBeGreaterThanOrEqual(runs.length);
    } finally {
      await connection.close();
    }
  });

  test('in no answer of the API, and in no event', async () => {
    const { apiUrl, token } = { ...cluster.addresses };
    const read = async (path: string) => {
      const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
      const response = await fetch(`${apiUrl}${path}`, { headers });
      expect(response.status, path).toBe(200);
      return response.text();
    };
    const pipeline = `/api/namespaces/default/pipelines/${PIPELINE.pipeline}`;
    const below = runs.flatMap(({ run }) =>
      ['', '/tasks', '/tasks/main', '/objects'].map((rest) => `/runs/${run}${rest}`),
    );
    const paths = [
      ...['', '/configs', '/deployments', '/runs', '/objects', '/secrets', '/subscriptions', ...below].map(
        (path) => pipeline + path,
      ),
      ...runs.map((_run, index) => `${pipeline}/configs/${index + 1}`),
      ...[
        '/extensions',
        '/extensions/leaks',
        '/secrets/global',
        '/audit?limit=1000',
        '/tokens',
        '/roles',
        '/system',
      ].map((path) => `/api${path}`),
      '/api/namespaces/default/pipelines',
      '/metrics',
    ];
    const found = new Set<string>();
    for (const path of paths) for (const name of findIn(await read(path))) found.add(name);
    expect([...found]).toEqual(['VISIBLE']);

    let events = 0;
    for await (const event of gofer.followEvents({ history: true, reverse: true })) {
      expect(findIn(JSON.stringify(event))).toEqual([]);
      events++;
    }
    expect(events).toBeGreaterThan(runs.length);
  });

  test('in no log of a server', () => {
    for (const { output } of programs) {
      expect(output.stderr.length).toBeGreaterThan(1_000);
      expect(findIn(output.stdout + output.stderr)).toEqual([]);
    }
  });

  test('in no log of a task', async () => {
    const texts = await Promise.all(runs.map((ref) => logOf(gofer, ref, 'main')));
    expect(new Set(texts.flatMap(findIn))).toEqual(new Set(['VISIBLE']));
  });

  test('in no file of the database, of Temporal, of the logs and of the objects', async () => {
    const files = await readdir(cluster.folder, { recursive: true, withFileTypes: true });
    const seen = new Set<string>();
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      const content = await readFile(path).catch(() => Buffer.alloc(0));
      for (const found of findIn(content)) seen.add(`${found} in ${path}`);
    }
    expect([...seen].filter((place) => !place.startsWith('VISIBLE '))).toEqual([]);
    expect([...seen].some((place) => place.startsWith('VISIBLE '))).toBe(true);
  });
});

/** A history with the data of its payloads, which are bytes, as texts. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
