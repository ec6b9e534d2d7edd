import { describe, expect, test } from 'vitest';
import { redact } from '../../../cli/debug/redact.ts';
import { createPaint } from '../../../cli/output/paint.ts';
import { timelineLines } from '../../../cli/output/timeline.ts';
import { executionOf, runOf } from './records.ts';

const plain = createPaint(false);
const at = (second: number) => 1_000_000 + second * 1000;
const after = (...parents: string[]) => ({
  task: {
    ...executionOf('x').task,
    depends_on: Object.fromEntries(parents.map((parent) => [parent, 'any' as const])),
  },
});

describe('the timeline of a run', () => {
  const run = runOf({ state: 'complete', status: 'failed', started: at(0), ended: at(20) });
  const first = executionOf('first', {
    ...{ created: at(0), started: at(8), ended: at(10), state: 'complete', status: 'successful' },
    detail: { fetching: at(2), starting: at(6), settled: at(10) },
  });

  test('shows waiting, fetching, starting and running as bars', () => {
    const second = executionOf('second-one', {
      ...{ created: at(0), started: at(16), ended: at(20), state: 'complete', status: 'failed' },
      ...after('first'),
      detail: {
        ...{ starting: at(15), attempt: 2 },
        earlier_attempts: [{ attempt: 1, started: at(10), ended: at(12), exit_code: 1, status: 'failed' }],
      },
    });
    const skipped = executionOf('skipped', { ended: at(20), state: 'complete', status: 'skipped' });
    expect(timelineLines(run, [second, skipped, first], 46, plain, at(99))).toEqual([
      '                0s               20s',
      '    first       ··░░░░▒▒██            2.0s',
      '    second-one            ██···▒████  4.0s',
      '    · waits for its turn   ░ fetches its image   ▒ starts   █ runs',
    ]);
  });

  test('what runs goes on until now, and what hardly ran can be seen', () => {
    const running = executionOf('first', { created: at(0), started: at(5), state: 'running' });
    const short = executionOf('short', { created: at(0), started: at(2), ended: at(2) + 1, state: 'complete' });
    const lines = timelineLines(runOf({ started: at(0) }), [running, short], 31, plain, at(10));
    expect(lines.slice(1, 3)).toEqual(['    first  ·····█████  5.0s', '    short  ··█         0.0s']);
  });

  test('is not there before the first task has begun', () => {
    expect(timelineLines(runOf({ started: at(0) }), [], 80, plain, at(1))).toEqual([]);
    expect(timelineLines(runOf({ started: at(0) }), [executionOf('a', after('gone'))], 80, plain, at(1))).toEqual([]);
  });
});

test('what sounds like a secret is left out, and references to secrets stay', () => {
  const variables = [
    { key: 'API_TOKEN', value: 'abc', source: 'run_options' },
    { key: 'DB_PASSWORD', value: 'pipeline_secret{{db}}' },
    { key: 'BRANCH', value: 'main' },
  ];
  const task = { inject_api_token: true, registry_auth: { user: 'ann', pass: 'x' } };
  expect(redact({ run: { token_id: '7', variables }, tasks: [task, undefined, null] })).toEqual({
    run: { token_id: '7', variables: [{ ...variables[0], value: '[Redacted]' }, variables[1], variables[2]] },
    tasks: [{ ...task, registry_auth: { user: 'ann', pass: '[Redacted]' } }, undefined, null],
  });
});
