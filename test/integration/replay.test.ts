import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot, workflowBundle } from '../../runtime/paths.ts';

/** What `node scripts/histories.ts` recorded, possibly with older workflow code. */
const folder = join(packageRoot, 'test', 'histories');
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .toSorted();
const ofRuns = names.filter((name) => name.startsWith('run/'));

type History = Extract<ReplayHistoriesIterable, Iterable<unknown>> extends Iterable<infer Item> ? Item : never;

const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const historyOf = (name: string): History => ({
  workflowId: name,
  history: JSON.parse(texts.get(name) ?? '') as History['history'],
});

/** Replays in one isolate, one after the other, and tells what went wrong, by name. */
async function replay(code: string, histories: readonly History[]): Promise<Record<string, string>> {
  const wrong: Record<string, string> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories)) {
    if (error) wrong[workflowId] = `${error.name}: ${error.message}`;
  }
  return wrong;
}

let code: string;

beforeAll(async () => {
  // What goes wrong is told by the results.
  const logging = { filter: 'OFF', forward: {} };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging } });
  code = await readFile(workflowBundle, 'utf8');
});

test('the workflow code replays every recorded history, in whatever order', async () => {
  const folders = ['extension', 'report', 'run', 'run/before-local-records', 'subscription'];
  expect(new Set(names.map(dirname))).toEqual(new Set(folders));
  const histories = names.map(historyOf);
  expect(await replay(code, [...histories, ...histories.toReversed()])).toEqual({});
});

describe('code that has changed does not', () => {
  const runsBut = (...others: string[]) => ofRuns.filter((name) => !others.includes(basename(name)));

  test.each([
    [
      'calling another activity',
      'superviseTask',
      'superviseAnotherTask',
      runsBut('cancelled-while-pending.json'),
      /Nondeterminism error: Activity type/,
    ],
    [
      'setting no timer',
      "RECHECK_INTERVAL = '1 minute'",
      'RECHECK_INTERVAL = undefined',
      [
        'run/before-local-records/called-when-it-is-its-turn.json',
        'run/before-local-records/cancelled-while-pending.json',
        'run/called-when-it-is-its-turn.json',
        'run/cancelled-while-pending.json',
      ],
      /Nondeterminism error: .*TimerStarted/,
    ],
    ['under another name', 'run: () => (', 'start: () => (', ofRuns, /no such function is exported/],
    [
      'of subscriptions',
      'planSubscription',
      'planAnotherSubscription',
      names.filter((name) => name.startsWith('subscription/')),
      /Nondeterminism error: Activity type/,
    ],
    [
      'of extensions',
      'readExtension',
      'readAnotherExtension',
      names.filter((name) => name.startsWith('extension/')),
      /Nondeterminism error: Activity type/,
    ],
    [
      'of reports',
      'completeCheck',
      'completeAnotherCheck',
      names.filter((name) => name.startsWith('report/')),
      /Nondeterminism error: Activity type/,
    ],
  ])('%s', async (_name, before, after, expected, message) => {
    const changed = code.replaceAll(before, after);
    expect(changed).not.toBe(code);
    const wrong = await replay(changed, names.map(historyOf));
    expect(Object.keys(wrong).toSorted()).toEqual(expected);
    for (const text of Object.values(wrong)) expect(text).toMatch(message);
  });
});

describe.each(names)('%s', (name) => {
  test('has nothing of a config, its secrets or its logs in it', () => {
    const text = texts.get(name) ?? '';
    const payloads = [...text.matchAll(/"data":"([^"]*)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    expect(payloads.length).toBeGreaterThan(3);
    for (const secret of ['private-', 'gofer/base', 'image', 'WORD', 'echo', 'stackTrace']) {
      for (const content of [text, ...payloads]) expect(content).not.toContain(secret);
    }
  });
});
