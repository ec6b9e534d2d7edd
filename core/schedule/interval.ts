/** Runs again and again with a fixed pause. All times are in milliseconds. */
export interface IntervalSchedule {
  /** When the subscription was made. The pauses are counted from here, whatever is restarted meanwhile. */
  readonly origin: number;
  readonly every: number;
}

/** The first nominal time behind `after`. The first of all is one pause behind the origin. */
export function nextIntervalTime({ origin, every }: IntervalSchedule, after: number): number {
  const passed = Math.max(0, Math.floor((after - origin) / every));
  const next = origin + (passed + 1) * every;
  // Fractions of milliseconds may round to the time itself.
  return next > after ? next : origin + (passed + 2) * every;
}

/**
 * How long after its nominal time a tick happens: less than `limit`, spread evenly, and always the same for the same tick
 * of the same subscription, so that nobody has to remember it.
 */
export function jitter(subscription: string, nominal: number, limit: number): number {
  return limit <= 0 ? 0 : Math.floor((hash(`${subscription}@${nominal}`) / 2 ** 32) * limit);
}

/** FNV-1a with a final mix, because neighbouring texts have to land far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
