import type { TaskExecution } from '../../../sdk/wire.ts';

/** Which of many tasks a reader wants to see, in the order in which they are given. */
export function pickTasks(executions: readonly TaskExecution[], room: number): readonly TaskExecution[] {
  if (executions.length <= room) return executions;
  const failed = executions.filter(isFailure).toSorted(newestEndFirst);
  const active = executions.filter(isActive).toSorted(newestStartFirst);
  const waiting = executions.filter(({ state }) => state === 'waiting');
  const over = executions.filter((one) => one.state === 'complete' && !isFailure(one)).toSorted(newestEndFirst);
  // Neither many failures nor many running tasks may hide the others.
  const half = Math.ceil(room / 2);
  const picked = new Set([
    ...failed.slice(0, Math.max(half, room - active.length)),
    ...active.filter(({ state }) => state === 'running'),
    ...active,
    ...failed,
    ...waiting.slice(0, 3),
    ...over,
    ...waiting,
  ]);
  const shown = new Set([...picked].slice(0, room));
  return executions.filter((execution) => shown.has(execution));
}

/** How many tasks are how far, in words, for example `812 successful, 3 waiting`. */
export function countTasks(executions: readonly TaskExecution[]): string {
  const counts = new Map<string, number>();
  for (const { state, status } of executions) {
    const word = state === 'complete' ? status : state;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return WORDS.filter((word) => counts.has(word))
    .map((word) => `${counts.get(word)} ${NAMES[word] ?? word}`)
    .join(', ');
}

const WORDS = ['failed', 'cancelled', 'unknown', 'running', 'processing', 'waiting', 'skipped', 'successful'];
const NAMES: Readonly<Record<string, string>> = { unknown: 'lost', processing: 'being prepared' };

function isActive({ state }: TaskExecution): boolean {
  return state === 'running' || state === 'processing';
}

/** Whether a task ended as nobody wanted; tasks that were skipped only follow from others. */
export function isFailure({ state, status }: TaskExecution): boolean {
  return state === 'complete' && status !== 'successful' && status !== 'skipped';
}

function newestEndFirst(one: TaskExecution, other: TaskExecution): number {
  return other.ended - one.ended;
}

function newestStartFirst(one: TaskExecution, other: TaskExecution): number {
  return other.started - one.started;
}
