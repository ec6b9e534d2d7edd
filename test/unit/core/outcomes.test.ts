import { describe, expect, test } from 'vitest';
import {
  cancelled,
  exited,
  lost,
  preconditionFailed,
  runOutcome,
  schedulerFailed,
  skipped,
  type TaskEnd,
} from '../../../core/outcomes.ts';
import type { TaskOutcome } from '../../../core/states.ts';

test.each([
  [{ code: 0 }, { status: 'successful', exitCode: 0 }],
  [{ code: 3 }, { status: 'failed', exitCode: 3, description: 'exit code 3' }],
  [{ code: 128 }, { status: 'failed', exitCode: 128, description: 'exit code 128' }],
  [{ code: 137 }, { status: 'failed', exitCode: 137, description: 'exit code 137, signal KILL' }],
  [{ code: 143 }, { status: 'failed', exitCode: 143, description: 'exit code 143, signal TERM' }],
  [
    { code: 137, outOfMemory: true },
    { status: 'failed', exitCode: 137, description: 'exit code 137, out of memory, signal KILL' },
  ],
  [
    { code: 127, error: 'no such file' },
    { status: 'failed', exitCode: 127, description: 'exit code 127, no such file' },
  ],
  [{ code: -1 }, { status: 'failed', exitCode: 255, description: 'exit code 255' }],
])('a container that ended with %j', (exit, outcome) => {
  const reason = outcome.status === 'failed' ? { reason: 'abnormal_exit' } : {};
  expect(exited({ outOfMemory: false, error: '', ...exit })).toEqual({ ...outcome, ...reason });
});

test.each([
  ['schedulerFailed', schedulerFailed('no image'), 'failed', 'scheduler_error', /^no image$/],
  ['preconditionFailed', preconditionFailed('no secret'), 'failed', 'failed_precondition', /^no secret$/],
  ['cancelled', cancelled('by sam'), 'cancelled', 'cancelled', /^by sam$/],
  ['lost', lost('no worker'), 'unknown', 'scheduler_error', /^no worker$/],
  [
    'skipped',
    skipped({ task: 'b', parent: 'a', required: 'success', parentStatus: 'failed' }),
    'skipped',
    'failed_precondition',
    /^'a' ended failed, and the task asks for success$/,
  ],
])('%s has the status, the reason and exit code 1', (_name, outcome, status, reason, description) => {
  expect(outcome).toEqual({ status, reason, description: expect.stringMatching(description), exitCode: 1 });
});

describe('the outcome of a run', () => {
  const run = { namespace: 'default', pipeline: 'demo', run: 7 };
  const good = exited({ code: 0, outOfMemory: false, error: '' });
  const bad = exited({ code: 3, outOfMemory: false, error: '' });
  const skip = skipped({ task: 'x', parent: 'a', required: 'success', parentStatus: 'failed' });
  const ended = (...outcomes: TaskOutcome[]): TaskEnd[] =>
    outcomes.map((outcome, index) => ({ task: `t${index}`, outcome }));

  test.each([
    ['no task', [], { status: 'successful' }],
    ['only successes and skips', [good, skip], { status: 'successful' }],
    ['a failure', [good, bad], { status: 'failed', reason: 'abnormal_exit', description: "task 't1': exit code 3" }],
    [
      'two failures: the first counts',
      [schedulerFailed('no image'), bad],
      { status: 'failed', reason: 'scheduler_error', description: "task 't0': no image" },
    ],
    [
      'a missing secret',
      [preconditionFailed('no secret')],
      { status: 'failed', reason: 'failed_precondition', description: "task 't0': no secret" },
    ],
    [
      'a lost task',
      [good, lost('no worker')],
      { status: 'failed', reason: 'scheduler_error', description: "task 't1': no worker" },
    ],
    [
      'a cancelled task, even after a failure',
      [bad, cancelled('by sam')],
      { status: 'cancelled', reason: 'user_cancelled', description: "task 't1' was cancelled" },
    ],
  ])('%s', (_name, outcomes, expected) => {
    expect(runOutcome(run, ended(...outcomes), false)).toEqual(expected);
  });

  test('is cancelled if that was asked for, however the tasks ended', () => {
    const expected = { status: 'cancelled', reason: 'user_cancelled', description: 'run default/demo/7 was cancelled' };
    for (const outcomes of [[], [good], [bad], [cancelled('by sam')]]) {
      expect(runOutcome(run, ended(...outcomes), true)).toEqual(expected);
    }
  });
});
