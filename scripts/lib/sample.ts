import { setTimeout } from 'node:timers/promises';
import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import { GoferClient } from '../../sdk/client.ts';

/** Pipelines and runs as a small team might have them, for pictures of the console. */

const PLAIN = { variables: {}, inject_api_token: false, always_pull_newest_image: false } as const;

function shell(
  id: string,
  script: string,
  after: TaskDocument['depends_on'] = {},
  more: Partial<TaskDocument> = {},
): TaskDocument {
  return { ...PLAIN, id, image: 'gofer/base:1', depends_on: after, command: ['sh', '-c', script], ...more };
}

const RELEASE: PipelineDocument = {
  id: 'release',
  name: 'Build, test and publish the shop',
  description: 'Everything that a commit on main has to go through.',
  parallelism: 1,
  tasks: [
    shell('checkout', 'echo fetching 1,284 objects; sleep 0.4; echo "HEAD is now at 3f2a91c"'),
    shell('dependencies', 'for n in 1 2 3 4 5; do echo "fetched package $n of 5"; sleep 0.1; done', {
      checkout: 'Success',
    }),
    shell('lint', String.raw`printf '\033[32m✓\033[0m 412 files, no complaints\n'`, { dependencies: 'Success' }),
    shell('compile', 'echo compiling; sleep ${COMPILE_SECONDS:-0.8}; echo done', { dependencies: 'Success' }),
    ...Array.from({ length: 8 }, (_, index) =>
      shell(
        `test-shard-${index + 1}`,
        `echo "running shard ${index + 1} of 8"; sleep 0.${index + 1}; [ "$FAIL" != ${index + 1} ]`,
        {
          compile: 'Success',
        },
      ),
    ),
    shell('package', 'echo packed shop-2.8.0.tar.gz; sleep 0.3', {
      lint: 'Success',
      ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`test-shard-${index + 1}`, 'Success' as const])),
    }),
    shell('publish', 'echo published; sleep 0.2', { package: 'Success' }),
    shell('alarm', 'echo telling the channel', { package: 'Failure' }),
    shell('report', 'echo run is over', { publish: 'Any', alarm: 'Any' }),
  ],
};

const CHATTY = String.raw`
i=0
while [ $i -lt ${'${LINES:-400}'} ]; do
  i=$((i+1))
  case $((i % 9)) in
    0) printf '\033[33mwarn\033[0m  retry %d: upstream answered 503\n' $i ;;
    4) printf '\033[36minfo\033[0m  batch %d: 1000 rows, checksum \033[1m%08x\033[0m\n' $i $((i * 7919)) ;;
    *) printf '\033[2mdebug\033[0m row group %d written to s3://lake/orders/day=2026-11-25/part-%05d.parquet\n' $i $i ;;
  esac
  [ $((i % 40)) -eq 0 ] && sleep 0.1
done
printf '\033[32mdone\033[0m  %d lines\n' $i
`;

const IMPORT: PipelineDocument = {
  id: 'import-orders',
  name: 'Orders into the lake',
  parallelism: 1,
  tasks: [
    shell('extract', 'echo connecting; sleep 0.3; echo "48,112 rows"'),
    shell('load', CHATTY, { extract: 'Success' }, { variables: { TARGET: 's3://lake/orders' } }),
    shell('verify', 'sleep ${VERIFY_SECONDS:-0.2}; echo counts agree', { load: 'Success' }),
  ],
};

const SWEEP: PipelineDocument = {
  id: 'sweep',
  name: 'Parameter sweep',
  parallelism: 0,
  tasks: [
    shell('prepare', 'sleep 0.2'),
    ...Array.from({ length: 24 }, (_, index) =>
      shell(`trial-${String(index + 1).padStart(2, '0')}`, 'sleep ${TRIAL_SECONDS:-0.4}', { prepare: 'Success' }),
    ),
    shell(
      'compare',
      'echo the best is trial-17',
      Object.fromEntries(
        Array.from({ length: 24 }, (_, index) => [`trial-${String(index + 1).padStart(2, '0')}`, 'Any' as const]),
      ),
    ),
  ],
};

const BACKUP: PipelineDocument = {
  id: 'backup',
  name: 'Nightly backup',
  parallelism: 0,
  tasks: [
    shell('dump', 'sleep 0.${SIZE:-3}'),
    shell('upload', 'sleep 0.2', { dump: 'Success' }),
    shell('prune', 'sleep 0.1', { upload: 'Success' }),
  ],
};

const CERTIFICATES: PipelineDocument = {
  id: 'certificates',
  name: 'Renew certificates',
  parallelism: 0,
  tasks: [shell('renew', 'echo nothing is due')],
};

/** As `gofer service start --json` prints them. */
export interface SampleAddresses {
  readonly api_url: string;
  readonly token: string;
}

/** Registers everything and lets some of it run. Resolves when what is to end has ended; the rest goes on for minutes. */
export async function makeSample({ api_url: apiBaseUrl, token }: SampleAddresses): Promise<void> {
  const gofer = new GoferClient({ apiBaseUrl, token });
  await gofer.namespaces.create({ id: 'data', name: 'Data', description: 'Pipelines of the data team' });
  for (const [namespace, document] of [
    ['default', RELEASE],
    ['default', BACKUP],
    ['default', CERTIFICATES],
    ['data', IMPORT],
    ['data', SWEEP],
  ] as const) {
    await gofer.configs.register(namespace, document);
    await gofer.configs.deploy({ namespace, pipeline: document.id }, 1);
  }
  const failing = RELEASE.tasks.map((task) =>
    task.id === 'lint' ? { ...task, image: 'gofer/base:1', description: 'Style and types' } : task,
  );
  await gofer.configs.register('default', {
    ...RELEASE,
    tasks: [...failing, shell('smoke', 'echo 200 OK', { publish: 'Success' })],
  });
  await gofer.configs.deploy({ namespace: 'default', pipeline: 'release' }, 2);
  await keep(apiBaseUrl, token);
  await schedule(gofer);
  await Promise.all([
    series(gofer, 'default', 'release', [
      {},
      {},
      { FAIL: '3' },
      {},
      {},
      { COMPILE_SECONDS: '2' },
      {},
      { FAIL: '6' },
      {},
    ]),
    series(gofer, 'default', 'backup', [{}, { SIZE: '6' }, {}, { SIZE: '9' }, { SIZE: '1' }, {}, {}]),
    series(gofer, 'data', 'import-orders', [{}, {}, { LINES: '900' }, {}]),
    series(gofer, 'data', 'sweep', [{}]),
  ]);
  await gofer.runs.start({ namespace: 'data', pipeline: 'import-orders' }, { VERIFY_SECONDS: '600' });
  await gofer.runs.start({ namespace: 'data', pipeline: 'import-orders' });
  await gofer.runs.start({ namespace: 'data', pipeline: 'sweep' }, { TRIAL_SECONDS: '600' });
  const stopped = await gofer.runs.start({ namespace: 'default', pipeline: 'backup' }, { SIZE: '9; sleep 60' });
  await gofer.runs.cancel({ namespace: 'default', pipeline: 'backup', run: stopped.run.run_id });
  await gofer.runs.start({ namespace: 'default', pipeline: 'release' }, { COMPILE_SECONDS: '600' });
  await gofer.runs.start({ namespace: 'default', pipeline: 'release' });
}

/** What starts runs by itself. */
async function schedule(gofer: GoferClient): Promise<void> {
  for (const [namespace, pipeline, extension_id, subscription_id, settings] of [
    ['default', 'backup', 'cron', 'nightly', { expression: '0 2 * * *', tz: 'Europe/Berlin' }],
    ['default', 'certificates', 'cron', 'weekly', { expression: '30 6 * * mon', tz: 'Europe/Berlin' }],
    ['default', 'certificates', 'pipeline', 'after-backup', { pipeline: 'backup', on: 'successful' }],
    ['default', 'certificates', 'notify', 'tell', { url: 'https://example.org/hook', on: 'failed, recovered' }],
    ['data', 'import-orders', 'interval', 'often', { every: '4h' }],
    ['data', 'sweep', 'cron', 'month', { expression: '0 0 1 * *' }],
  ] as const) {
    await gofer.subscriptions.create({ namespace, pipeline }, { extension_id, subscription_id, settings });
  }
}

/** Objects, secrets, a role and tokens. */
async function keep(apiBaseUrl: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
  const send = async (path: string, body: object) => {
    const answer = await fetch(`${apiBaseUrl}/api${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const release = '/namespaces/default/pipelines/release';
  for (const [key, size] of [
    ['shop-2.7.0.tar.gz', 48_200],
    ['shop-2.7.1.tar.gz', 48_900],
    ['shop-2.8.0.tar.gz', 51_300],
    ['coverage.json', 1_840],
  ] as const) {
    await fetch(`${apiBaseUrl}/api${release}/objects/${key}?force=true`, {
      method: 'POST',
      headers,
      body: new Uint8Array(size),
    });
  }
  for (const key of ['REGISTRY_PASSWORD', 'SIGNING_KEY', 'SLACK_HOOK'])
    await send(`${release}/secrets`, { key, content: 'x', force: true });
  const permissions = [
    { resources: ['namespaces:^data$', 'pipelines', 'runs', 'task_executions'], actions: ['read', 'write'] },
  ];
  await send('/roles', { id: 'data-team', description: 'Works with the pipelines of the data team.', permissions });
  const year = 365 * 24 * 60 * 60;
  await send('/tokens', { user: 'ci', roles: ['user'], expires: year, metadata: { purpose: 'GitHub Actions' } });
  await send('/tokens', { user: 'maria', roles: ['user', 'data-team'], expires: 0 });
  await send('/tokens', { user: 'dashboards', roles: ['data-team'], expires: year });
}

/** Runs with these variables, one after the other. */
async function series(
  gofer: GoferClient,
  namespace: string,
  pipeline: string,
  runs: readonly Record<string, string>[],
): Promise<void> {
  for (const variables of runs) {
    const { run } = await gofer.runs.start({ namespace, pipeline }, variables);
    await untilOver(gofer, { namespace, pipeline, run: run.run_id });
  }
}

async function untilOver(gofer: GoferClient, ref: { namespace: string; pipeline: string; run: number }): Promise<void> {
  const stop = new AbortController();
  for await (const { kind } of gofer.followEvents({ history: true, signal: stop.signal })) {
    if (!('completed_run' in kind)) continue;
    const { namespace_id, pipeline_id, run_id } = kind.completed_run;
    if (namespace_id === ref.namespace && pipeline_id === ref.pipeline && run_id === ref.run) stop.abort();
  }
}

/** Cancels what still runs, so that no container outlives the stack. */
export async function endSample({ api_url: apiBaseUrl, token }: SampleAddresses): Promise<void> {
  const gofer = new GoferClient({ apiBaseUrl, token });
  const live = async () => {
    const { data } = await gofer.api.GET('/api/activity/runs');
    return [...(data?.waiting ?? []), ...(data?.running ?? [])];
  };
  for (let runs = await live(); runs.length > 0; runs = await live()) {
    for (const { namespace_id: namespace, pipeline_id: pipeline, run_id: run } of runs) {
      await gofer.runs.cancel({ namespace, pipeline, run });
    }
    await setTimeout(500);
  }
}
