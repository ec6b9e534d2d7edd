const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** The longest duration there is: what fits into 64 bits of nanoseconds. */
const MAX = 2n ** 63n - 1n;

/** More decimals than that are no nanoseconds of an hour any more. */
const MAX_DECIMALS = 30;

/**
 * Reads a duration as the contract writes them (extensions §8), for example `3h30m`, `.5h` or `-5m`.
 *
 * @returns milliseconds, maybe with a fraction; undefined if the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = NANOSECONDS[unit] ?? 0n;
    const decimals = fraction.slice(0, MAX_DECIMALS);
    total += BigInt(whole || '0') * size + (BigInt(decimals || '0') * size) / 10n ** BigInt(decimals.length);
    if (total > MAX) return undefined;
  }
  const milliseconds = Number(total) / 1e6;
  return sign === '-' ? -milliseconds : milliseconds;
}

/** Writes milliseconds as people read them, for example `1h30m` or `250ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('');
}
