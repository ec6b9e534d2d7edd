const UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

/** An amount of memory for people, for example `512MiB` or `1.5GiB`. */
export type MemorySize = `${number}${keyof typeof UNITS}`;

/**
 * The bytes of a size.
 *
 * @throws TypeError if it is none; programs without types get here with anything
 */
export function bytesOf(size: MemorySize): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMGT]iB)$/.exec(size) ?? [];
  if (amount === undefined || !isUnit(unit)) {
    throw new TypeError(`'${size}' is no amount of memory: write 512MiB, or the bytes as a number`);
  }
  return Math.round(Number(amount) * UNITS[unit]);
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && unit in UNITS;
}
