import { expect, test } from 'vitest';
import { describeWaiting, runLimit, waitingFor, type QueuePlace } from '../../../core/admission.ts';

test.each([
  [0, 0, Infinity],
  [0, 200, 200],
  [3, 0, 3],
  [3, 200, 3],
  [3, 3, 3],
  [300, 200, 200],
])('parallelism %i and a server limit of %i allow %d runs at once', (parallelism, serverLimit, limit) => {
  expect(runLimit(parallelism, serverLimit)).toBe(limit);
});

const ref = { namespace: 'team', pipeline: 'demo', run: 5 };
const place = (more: Partial<QueuePlace>): QueuePlace => ({
  ...{ run: 5, allowed: 2, holders: 2, position: 2, serverPosition: 9, serverRoom: 10 },
  ...{ running: [1, 2], pending: [4, 5, 6], runningInNamespace: [{ namespace: 'team', pipeline: 'other', run: 7 }] },
  ...more,
});

test.each([
  [
    'for its pipeline first; the running ones and then the pending ones before it are named',
    { allowed: 3, holders: 2 },
    { limit: 'pipeline', allowed: 3, held_by: ['team/demo/1', 'team/demo/2', 'team/demo/4'], position: 2 },
    'the pipeline may have 3 runs at once (#1, #2, #4), and 1 waits before it',
  ],
  [
    'for the server second',
    { allowed: 9, serverPosition: 3, serverRoom: 2 },
    { limit: 'server', allowed: 50, held_by: ['team/other/7'], position: 3 },
    'the server may have 50 runs at once, and 2 wait before it',
  ],
  [
    'for the order last',
    { allowed: Infinity },
    { limit: 'order', held_by: ['team/demo/4'], position: 2 },
    '1 older run(s) of the pipeline come first',
  ],
])('a run waits %s', (_what, more, expected, sentence) => {
  const waiting = waitingFor(ref, place(more), 50);
  expect(waiting).toEqual(expected);
  expect(waiting && describeWaiting(waiting)).toBe(`waits for its turn: ${sentence}`);
});

test('the first in line with room everywhere does not wait', () => {
  expect(waitingFor(ref, place({ allowed: 3, position: 1, serverPosition: 1, serverRoom: 1 }), 50)).toBeUndefined();
});

test('a run that nobody waits before is the next one', () => {
  expect(describeWaiting({ limit: 'pipeline', allowed: 1, held_by: ['team/demo/3'], position: 1 })).toBe(
    'waits for its turn: the pipeline may have 1 run at once (#3); it is the next one',
  );
});
