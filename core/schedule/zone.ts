const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A time zone of the IANA database, by what clocks in it show. Times are in milliseconds. */
export interface Zone {
  readonly id: string;
  /** What has to be added to UTC to get the time on the clock. */
  offsetAt(instant: number): number;
}

/** Instants at which a clock shows a given time, or the one at which it jumps over it. */
export type Resolution =
  | { readonly kind: 'exists'; readonly instants: readonly number[] }
  | { readonly kind: 'skipped'; readonly jump: number };

/**
 * Opens a zone by its name, for example `Europe/Berlin`. The data is that of the JavaScript engine and changes with its
 * version, so workflow code must not depend on it: activities do, whose results are part of the history.
 *
 * @throws RangeError for a name that is none
 */
export function openZone(name: string): Zone {
  // Offsets such as +02:00 are accepted by Intl, but are no zones with a history.
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`'${name}' is not the name of a time zone`);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const utc = /^(etc\/)?(utc|gmt|uct|universal|zulu)$/i.test(name);
  return { id: format.resolvedOptions().timeZone, offsetAt: utc ? () => 0 : (instant) => readOffset(format, instant) };
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(instant)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

/** When clocks in the zone show `local`, which is written as if it were UTC. A shown time may come twice, or never. */
export function resolveLocal(zone: Zone, local: number): Resolution {
  // Offsets are less than a day, so these two are on different sides of any change that could matter.
  const before = zone.offsetAt(local - DAY);
  const after = zone.offsetAt(local + DAY);
  const candidates = before === after ? [local - before] : [local - before, local - after].toSorted((a, b) => a - b);
  const instants = candidates.filter((instant) => instant + zone.offsetAt(instant) === local);
  if (instants.length > 0) return { kind: 'exists', instants };
  return { kind: 'skipped', jump: findChange(zone, local - DAY, local + DAY) };
}

/** The first moment after `from` at which clocks go back, if there is one within the given time. */
export function nextRepetition(zone: Zone, from: number, within: number): number | undefined {
  for (let start = from; start < from + within; start += HOUR) {
    if (zone.offsetAt(start + HOUR) < zone.offsetAt(start)) return findChange(zone, start, start + HOUR);
  }
  return undefined;
}

/** The second at which the offset changes between two moments that have different ones. */
function findChange(zone: Zone, from: number, to: number): number {
  const before = zone.offsetAt(from);
  let [low, high] = [Math.floor(from / 1000), Math.floor(to / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}
