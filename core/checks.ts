import type { Problem } from './errors.ts';

/** Receives what is wrong with an input. */
export type Report = (problem: Problem) => void;
/** Looks at the value that stands at a place. */
export type Check = (value: unknown, path: string, report: Report) => void;
export type Fields = Readonly<Record<string, unknown>>;

/** What to say of a value that is not what was expected, or is not there. */
export function expected(what: string, value: unknown, path: string): Problem {
  return value === undefined ? { path, message: `is required: ${what}` } : { path, value, message: `must be ${what}` };
}

/** Makes a check for numbers of a kind from `least` to `most`. Without `most` any higher one is good. */
type NumberCheck = (least: number, most?: number, unit?: string) => Check;

export const numberFrom = numberCheck('a number', Number.isFinite);
/** Only whole numbers that JavaScript can tell apart. */
export const wholeNumberFrom = numberCheck('a whole number', Number.isSafeInteger);

function numberCheck(kind: string, isOfKind: (value: unknown) => boolean): NumberCheck {
  return (least, most, unit) => {
    const what = `${kind}${unit ? ` of ${unit}` : ''} from ${least}${most === undefined ? '' : ` to ${most}`}`;
    return (value, path, report) => {
      const isGood = isOfKind(value) && Number(value) >= least && Number(value) <= (most ?? Infinity);
      if (!isGood) report(expected(what, value, path));
    };
  };
}

export function checkBoolean(value: unknown, path: string, report: Report): void {
  if (typeof value !== 'boolean') report(expected('true or false', value, path));
}

/** The value if it is an object; otherwise that is reported. */
export function asObject(value: unknown, path: string, report: Report): Fields | undefined {
  if (isObject(value)) return value;
  report(expected('an object', value, path));
  return undefined;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a.b`, or `a["b c"]` where a dot would not read well. */
export function member(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
