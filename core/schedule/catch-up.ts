/** What becomes of ticks that were missed: none is made up for, the latest one is, or all of them are. */
export type CatchUp = 'skip' | 'latest' | 'all';

export interface CatchUpPolicy {
  readonly catchUp: CatchUp;
  /** How far back ticks are made up for, in milliseconds. */
  readonly window: number;
}

/** When ticks happen. All times are in milliseconds. */
export interface Ticks {
  /** The first nominal time behind another; undefined if there is none any more. */
  next(after: number): number | undefined;
  /** How long after its nominal time a tick is due. */
  delay(nominal: number): number;
  /** What no delay exceeds. */
  readonly maxDelay: number;
}

/** A tick is missed if it is later than this, in milliseconds. Less is the lateness of a busy or restarted system. */
export const MISSED_AFTER = 60_000;

/** More than that is never made up for: it would only delay what is due now. The latest ones win. */
export const MAX_CAUGHT_UP = 1000;

/** What to do now, and where to go on. */
export interface DueTicks {
  /** Nominal times to run, ascending. */
  readonly due: readonly number[];
  /** Everything up to this nominal time is dealt with. */
  readonly cursor: number;
  /** When the next tick is due; undefined if there is none any more. */
  readonly wakeAt: number | undefined;
}

/** Decides which ticks behind `cursor` run at `now`. */
export function dueTicks(ticks: Ticks, policy: CatchUpPolicy, cursor: number, now: number): DueTicks {
  const dueAt = (nominal: number) => nominal + ticks.delay(nominal);
  const window = policy.catchUp === 'skip' ? MISSED_AFTER : Math.max(policy.window, MISSED_AFTER);
  // Nobody looks at what lies further back, which may be a year of seconds.
  let nominal = ticks.next(Math.max(cursor, now - window - ticks.maxDelay - 1));
  let last = cursor;
  const reached: number[] = [];
  while (nominal !== undefined && dueAt(nominal) <= now) {
    if (dueAt(nominal) >= now - window) reached.push(nominal);
    last = nominal;
    nominal = ticks.next(nominal);
  }
  const timely = reached.filter((tick) => dueAt(tick) >= now - MISSED_AFTER);
  return {
    due: choose(policy.catchUp, reached, timely),
    cursor: last,
    wakeAt: nominal === undefined ? undefined : dueAt(nominal),
  };
}

function choose(catchUp: CatchUp, reached: readonly number[], timely: readonly number[]): readonly number[] {
  if (catchUp === 'all') return reached.slice(-MAX_CAUGHT_UP);
  return timely.length > 0 || catchUp === 'skip' ? timely : reached.slice(-1);
}
