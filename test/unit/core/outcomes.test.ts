import { describe, expect, test } from 'vitest';
import {
  cancelled,
  exited,
  failureOf,
  lost,
  preconditionFailed,
  runOutcome,
  schedulerFailed,
  skipped,
  timedOut,
} from '../../../core/outcomes.ts';
import type { TaskOutcome } from '../../../core/states.ts';

test.each([
  [{ code: 0 }, { status: 'successful', exitCode: 0 }],
  [{ code: 3 }, { exitCode: 3, description: 'exit code 3', cause: { kind: 'exit' } }],
  [{ code: 128 }, { exitCode: 128, description: 'exit code 128', cause: { kind: 'exit' } }],
  [
    { code: 137 },
    { exitCode: 137, description: 'exit code 137, signal KILL', cause: { kind: 'signal', signal: 'KILL' } },
  ],
  [
    { code: 143 },
    { exitCode: 143, description: 'exit code 143, signal TERM', cause: { kind: 'signal', signal: 'TERM' } },
  ],
  [
    { code: 137, outOfMemory: true },
    {
      exitCode: 137,
      description: 'exit code 137, out of memory, signal KILL',
      cause: { kind: 'out_of_memory', signal: 'KILL' },
    },
  ],
  [
    { code: 1, outOfMemory: true, memoryLimitBytes: 64 * 1024 * 1024 },
    {
      exitCode: 1,
      description: 'exit code 1, out of memory (limit 64 MiB)',
      cause: { kind: 'out_of_memory', memory: 64 * 1024 * 1024 },
    },
  ],
  [
    { code: 137, interruption: 'killed_from_outside' as const },
    {
      exitCode: 137,
      description: 'exit code 137, signal KILL, killed by somebody other than Gofer',
      cause: { kind: 'killed_from_outside', signal: 'KILL' },
    },
  ],
  [
    { code: 137, interruption: 'engine_stopped' as const },
    {
      exitCode: 137,
      description: 'exit code 137, signal KILL, the container engine stopped and took the container along',
      cause: { kind: 'engine_stopped', signal: 'KILL' },
    },
  ],
  [
    { code: 127, error: 'no such file' },
    { exitCode: 127, description: 'exit code 127, no such file', cause: { kind: 'exit' } },
  ],
  [{ code: -1 }, { exitCode: 255, description: 'exit code 255', cause: { kind: 'exit' } }],
])('a container that ended with %j', (exit, outcome) => {
  const failure = exit.code === 0 ? {} : { status: 'failed', reason: 'abnormal_exit' };
  expect(exited({ outOfMemory: false, error: '', ...exit })).toEqual({ ...failure, ...outcome });
});

test.each([
  ['schedulerFailed', schedulerFailed('image_not_found', 'no image'), 'failed', 'scheduler_error', 'image_not_found'],
  ['preconditionFailed', preconditionFailed('no secret'), 'failed', 'failed_precondition', 'precondition'],
  ['cancelled', cancelled('by sam'), 'cancelled', 'cancelled', 'cancelled'],
  ['lost', lost('worker_lost', 'no worker'), 'unknown', 'scheduler_error', 'worker_lost'],
  [
    'skipped',
    skipped({ task: 'b', parent: 'a', required: 'success', parentStatus: 'failed' }),
    'skipped',
    'failed_precondition',
    'skipped',
  ],
])('%s has the status, the reason, the cause and exit code 1', (_name, outcome, status, reason, kind) => {
  expect(outcome).toEqual({ status, reason, description: outcome.description, exitCode: 1, cause: { kind } });
});

test('a task that is told to stop says who told it, and one that takes too long how long it may', () => {
  expect(cancelled('cancelled by sam', 'sam').cause).toEqual({ kind: 'cancelled', by: 'sam' });
  expect(timedOut(60, 143)).toEqual({
    status: 'failed',
    reason: 'abnormal_exit',
    description: 'timed out: it may run for 60 s',
    exitCode: 143,
    cause: { kind: 'timed_out', timeout: 60 },
  });
  expect(timedOut(60, 0).exitCode).toBe(1);
});

test.each([
  [exited({ code: 0, outOfMemory: false, error: '' }), undefined],
  [exited({ code: 3, outOfMemory: false, error: '' }), 'program'],
  [exited({ code: 137, outOfMemory: true, error: '' }), 'program'],
  [exited({ code: 137, outOfMemory: false, error: '', interruption: 'engine_stopped' }), 'infrastructure'],
  [timedOut(1, 137), 'timeout'],
  [schedulerFailed('image_unavailable', ''), 'infrastructure'],
  [schedulerFailed('image_not_found', ''), undefined],
  [schedulerFailed('container_refused', ''), undefined],
  [preconditionFailed(''), undefined],
  [lost('container_removed', ''), 'infrastructure'],
  [cancelled(''), undefined],
])('%j counts as a failure of kind %j', (outcome, kind) => {
  expect(failureOf(outcome)).toBe(kind);
});

describe('the outcome of a run', () => {
  const good = exited({ code: 0, outOfMemory: false, error: '' });
  const bad = exited({ code: 3, outOfMemory: false, error: '' });
  const skip = skipped({ task: 'x', parent: 'a', required: 'success', parentStatus: 'failed' });
  const ended = (...outcomes: TaskOutcome[]) =>
    outcomes.map((outcome, index) => ({ task: `t${index}`, outcome, allowFailure: false }));

  test.each([
    ['no task', [], { status: 'successful' }],
    ['only successes and skips', [good, skip], { status: 'successful' }],
    ['a failure', [good, bad], { status: 'failed', reason: 'abnormal_exit', description: "task 't1': exit code 3" }],
    [
      'two failures: the first counts',
      [schedulerFailed('image_not_found', 'no image'), bad],
      { status: 'failed', reason: 'scheduler_error', description: "task 't0': no image" },
    ],
    [
      'a missing secret',
      [preconditionFailed('no secret')],
      { status: 'failed', reason: 'failed_precondition', description: "task 't0': no secret" },
    ],
    [
      'a lost task',
      [good, lost('worker_lost', 'no worker')],
      { status: 'failed', reason: 'scheduler_error', description: "task 't1': no worker" },
    ],
    [
      'a cancelled task, even after a failure',
      [bad, cancelled('by sam')],
      { status: 'cancelled', reason: 'user_cancelled', description: "task 't1' was cancelled" },
    ],
  ])('%s', (_name, outcomes, expected) => {
    expect(runOutcome(ended(...outcomes), undefined)).toEqual(expected);
  });

  test('is not spoiled by a task that may fail, but by the next one that may not', () => {
    const [first, second] = ended(bad, schedulerFailed('image_not_found', 'no image'));
    if (!first || !second) throw new Error('there are two');
    expect(runOutcome([{ ...first, allowFailure: true }], undefined)).toEqual({ status: 'successful' });
    expect(runOutcome([{ ...first, allowFailure: true }, second], undefined).reason).toBe('scheduler_error');
  });

  test('is cancelled if that was asked for, however the tasks ended', () => {
    const expected = { status: 'cancelled', reason: 'user_cancelled', description: 'the run was cancelled by sam' };
    for (const outcomes of [[], [good], [bad], [cancelled('by sam')]]) {
      expect(runOutcome(ended(...outcomes), { kind: 'cancelled', by: 'sam' })).toEqual(expected);
    }
    expect(runOutcome([], { kind: 'cancelled' }).description).toBe('the run was cancelled');
    expect(runOutcome([], { kind: 'cancelled', by: 'a limit', byServer: true }).reason).toBe('admin_cancelled');
  });

  test('is failed if it took too long, however the tasks ended', () => {
    for (const outcomes of [[], [good], [bad], [cancelled('too long')]]) {
      expect(runOutcome(ended(...outcomes), { kind: 'timed_out', seconds: 5 })).toEqual({
        status: 'failed',
        reason: 'abnormal_exit',
        description: 'the run timed out: it may take 5 s',
      });
    }
  });
});
