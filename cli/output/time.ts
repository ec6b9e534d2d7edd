const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Up to how many seconds which words are used; with a unit, that many of it, at least 2. */
const STEPS: readonly { readonly upTo: number; readonly words: string; readonly unit?: number }[] = [
  { upTo: 45 * SECOND, words: 'seconds', unit: SECOND },
  { upTo: 90 * SECOND, words: 'a minute' },
  { upTo: 45 * MINUTE, words: 'minutes', unit: MINUTE },
  { upTo: 90 * MINUTE, words: 'an hour' },
  { upTo: 22 * HOUR, words: 'hours', unit: HOUR },
  { upTo: 36 * HOUR, words: 'a day' },
  { upTo: 6.5 * DAY, words: 'days', unit: DAY },
  { upTo: 10.5 * DAY, words: 'a week' },
  { upTo: 29 * DAY, words: 'weeks', unit: 7 * DAY },
  { upTo: 45 * DAY, words: 'a month' },
  { upTo: 345 * DAY, words: 'months', unit: 30 * DAY },
  { upTo: 547 * DAY, words: 'a year' },
  { upTo: Infinity, words: 'years', unit: 365 * DAY },
];

export interface TimeStyle {
  /** Exact times (RFC 2822, UTC) instead of distances from now. */
  readonly detail: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A time stamp for people: `5 minutes ago`, `in a day`, or the exact time; `never` for 0. */
export function formatTime(timestamp: number, never: string, { detail, now }: TimeStyle): string {
  if (timestamp === 0) return never;
  if (detail) return new Date(timestamp).toUTCString().replace('GMT', '+0000');
  const seconds = Math.abs(now - timestamp) / 1000;
  if (seconds <= 10) return 'now';
  const distance = describeDistance(seconds);
  return timestamp <= now ? `${distance} ago` : `in ${distance}`;
}

function describeDistance(seconds: number): string {
  const step = STEPS.find(({ upTo }) => seconds <= upTo);
  if (!step) return 'a long time';
  return step.unit === undefined ? step.words : `${Math.max(2, Math.floor(seconds / step.unit))} ${step.words}`;
}

/**
 * How long something lasted, or has lasted so far if `ended` is 0: `1 hour, 25 mins, 12 secs`, `0 secs, 38 ms`.
 * All arguments are milliseconds since the epoch.
 */
export function formatDuration(started: number, ended: number, now: number): string {
  const total = started <= 0 ? 0 : Math.max(0, (ended === 0 ? now : ended) - started);
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = Math.floor(total / 1000) % 60;
  const milliseconds = total % 1000;
  const parts = [
    ...(hours > 0 ? [count(hours, 'hour')] : []),
    ...(minutes > 0 ? [count(minutes, 'min')] : []),
    ...(seconds > 0 || total < 60_000 ? [count(seconds, 'sec')] : []),
    ...(total < 60_000 && milliseconds > 0 ? [`${milliseconds} ms`] : []),
  ];
  return parts.join(', ');
}

/** How long something has lasted, for where there is little room: `0.4s`, `12s`, `3m 05s`, `2h 10m`, `4d 3h`. */
export function shortDuration(milliseconds: number): string {
  const total = Math.max(0, milliseconds);
  if (total < 9950) return `${(total / 1000).toFixed(1)}s`;
  const seconds = Math.round(total / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${twoDigits(minutes % 60)}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function count(value: number, unit: string): string {
  return value === 1 ? `1 ${unit}` : `${value} ${unit}s`;
}
