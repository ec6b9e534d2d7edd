import { invalid } from '../core/errors.ts';

type Place = string | number;

/** A place in a list as text that clients do not look into. `list` tells it from the places of other lists. */
export function writeCursor(list: string, ...place: readonly Place[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/**
 * Reads what `writeCursor` wrote; `example` has values of the types that the place is made of.
 *
 * @throws GoferError `invalid` for anything else
 */
export function readCursor<P extends readonly Place[]>(list: string, cursor: string, example: P): P {
  const [name, ...place] = parse(cursor);
  if (name === list && place.length === example.length && place.every((part, n) => fits(part, example[n]))) {
    return place as unknown as P;
  }
  const problem = { path: 'query.cursor', value: cursor, message: 'must be the next_cursor of the page before' };
  throw invalid('the parameters are not valid', [problem]);
}

function parse(cursor: string): readonly unknown[] {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}

function fits(part: unknown, example: Place | undefined): boolean {
  if (typeof example === 'number') return Number.isSafeInteger(part) && Number(part) >= 0;
  return typeof part === 'string' && !part.includes('\0');
}

/** A page and, if there is more behind it, the cursor of the next one. `rows` are one more than the limit if there are so many. */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => string,
): { readonly page: T[]; readonly next: { readonly next_cursor?: string } } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? { next_cursor: cursorOf(last) } : {} };
}
