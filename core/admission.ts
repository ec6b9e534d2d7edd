import { runKey, type RunRef } from './ids.ts';

/**
 * How many runs of a pipeline may run at once (contract, api-behaviour D61); Infinity if nothing limits them.
 *
 * @param parallelism the pipeline's own limit, 0 for none
 * @param serverLimit the server's limit for every pipeline, 0 for none
 */
export function runLimit(parallelism: number, serverLimit: number): number {
  return Math.min(parallelism || Infinity, serverLimit || Infinity);
}

/** Where a pending run stands. Runs in lists are in the order of their numbers, and the lists may be cut. */
export interface QueuePlace {
  readonly run: number;
  /** How many runs its pipeline may have at once; Infinity if nothing limits them. */
  readonly allowed: number;
  /** 1 for the oldest pending run of the pipeline. */
  readonly position: number;
  /** How many runs of the pipeline run. */
  readonly holders: number;
  /** Its place among the runs of all pipelines that their pipelines have room for. */
  readonly serverPosition: number;
  /** How many runs the server has room for, not counting those that wait. */
  readonly serverRoom: number;
  /** Running and pending runs of the pipeline. */
  readonly running: readonly number[];
  readonly pending: readonly number[];
  /** What runs in its namespace. */
  readonly runningInNamespace: readonly RunRef[];
}

/** What a pending run waits for, in the shape of the API. */
export interface Waiting {
  readonly limit: 'pipeline' | 'server' | 'order';
  readonly allowed?: number;
  readonly held_by: string[];
  readonly position: number;
}

/** How many of those who hold a limit are named. */
export const NAMED_HOLDERS = 10;

/**
 * What keeps a run from running: the limit of its pipeline, then that of the server, then the order of its pipeline's
 * runs. Undefined if nothing does.
 */
export function waitingFor(ref: RunRef, place: QueuePlace, serverLimit: number): Waiting | undefined {
  const { run, allowed, position, holders, serverPosition, serverRoom } = place;
  const older = (runs: readonly number[]) =>
    runs.filter((other) => other < run).map((other) => runKey({ ...ref, run: other }));
  if (holders + position > allowed) {
    const named = [...older(place.running), ...older(place.pending)].slice(0, Math.min(allowed, NAMED_HOLDERS));
    return { limit: 'pipeline', allowed, held_by: named, position };
  }
  if (serverPosition > serverRoom) {
    const named = place.runningInNamespace.map(runKey);
    return { limit: 'server', allowed: serverLimit, held_by: named, position: serverPosition };
  }
  return position > 1 ? { limit: 'order', held_by: older(place.pending), position } : undefined;
}

/** The same as a sentence. */
export function describeWaiting({ limit, allowed = 0, held_by, position }: Waiting): string {
  const before = position - 1;
  switch (limit) {
    case 'pipeline':
      return `waits for its turn: the pipeline may have ${describeLimit(allowed, held_by)}${describeQueue(before)}`;
    case 'server':
      return `waits for its turn: the server may have ${runsAtOnce(allowed)}${describeQueue(before)}`;
    case 'order':
      return `waits for its turn: ${before} older run(s) of the pipeline come first`;
  }
}

function describeQueue(before: number): string {
  if (before === 0) return '; it is the next one';
  return `, and ${before} ${before === 1 ? 'waits' : 'wait'} before it`;
}

/** For example `3 runs at once (#4, #5, #7)`; the holders are run keys. */
export function describeLimit(allowed: number, holders: readonly string[]): string {
  const names = holders.map((key) => `#${key.slice(key.lastIndexOf('/') + 1)}`);
  const more = allowed - holders.length;
  return `${runsAtOnce(allowed)} (${[...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')})`;
}

function runsAtOnce(count: number): string {
  return `${count} ${count === 1 ? 'run' : 'runs'} at once`;
}
