import { useSyncExternalStore } from 'react';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const short = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const withYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The moment in full, in the reader's zone. */
export function exactTime(at: number): string {
  return exact.format(at);
}

/** Hours, minutes, seconds and thousandths. */
export function clockTime(at: number): string {
  return `${clock.format(at)}.${String(at % SECOND).padStart(3, '0')}`;
}

/** For example `3 min ago` or `in 2 h`; the date from a week on, and its year from half a year on. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance > 180 * DAY) return withYear.format(at);
  if (distance > 7 * DAY) return short.format(at);
  if (distance < 5 * SECOND) return 'now';
  const [unit, size] =
    distance < MINUTE
      ? (['s', SECOND] as const)
      : distance < HOUR
        ? (['min', MINUTE] as const)
        : distance < DAY
          ? (['h', HOUR] as const)
          : (['d', DAY] as const);
  const count = `${Math.floor(distance / size)} ${unit}`;
  return at <= now ? `${count} ago` : `in ${count}`;
}

/** For example `850 ms`, `4.2 s`, `3 min 07 s` or `2 h 05 min`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${pad((ms % MINUTE) / SECOND)} s`;
  return `${Math.floor(ms / HOUR)} h ${pad((ms % HOUR) / MINUTE)} min`;
}

function pad(count: number): string {
  return String(Math.floor(count)).padStart(2, '0');
}

/** All clocks on the page tick together, and only while one of them is shown. */
const ticking = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(tick: () => void): () => void {
  if (ticking.size === 0) now = Date.now();
  ticking.add(tick);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of ticking) each();
  }, SECOND);
  return () => {
    ticking.delete(tick);
    if (ticking.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const still = () => () => undefined;

/** The time, in ms since the epoch: it passes while `running`. */
export function useNow(running = true): number {
  return useSyncExternalStore(running ? subscribe : still, () => now);
}

/** How long ago, with the exact moment on hover. */
export function Time({ at }: { readonly at: number }) {
  const moment = useNow();
  if (at === 0) return <span className="quiet">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {relativeTime(at, moment)}
    </time>
  );
}

/** From `from` to `to`, or to now as long as `to` is 0. */
export function Duration({ from, to }: { readonly from: number; readonly to: number }) {
  const moment = useNow(to === 0);
  if (from === 0) return <span className="quiet">–</span>;
  return <span className="number">{formatDuration((to || Math.max(moment, from)) - from)}</span>;
}
