import { invalid } from '../../core/errors.ts';
import type { LogEntry } from '../../backends/scheduler/contract.ts';

/** A place in one stream of a log: an entry's first byte, and how many bytes of its text lie before the place. */
export interface Place {
  readonly start: number;
  readonly skip: number;
}

/**
 * A place in a log. The two streams have one each, since a line of one may be whole while one of the other is not: those
 * who go on reading need the other's beginning as well.
 */
export type Places = Readonly<Record<LogEntry['stream'], Place>>;

/** The place of an entry that no unfinished line lies before. */
export function placesAt(start: number): Places {
  return { stdout: { start, skip: 0 }, stderr: { start, skip: 0 } };
}

/** Where an attempt's log begins. */
export const BEGINNING = placesAt(0);

/** The form that clients see: `<attempt>:<bytes>`, or with both streams if they differ. To them it means nothing. */
export function formatPosition(attempt: number, { stdout, stderr }: Places): string {
  const one = formatPlace(stdout);
  const other = formatPlace(stderr);
  return one === other ? `${attempt}:${one}` : `${attempt}:${one}:${other}`;
}

/** @throws GoferError `invalid` */
export function parsePosition(position: string): { readonly attempt: number; readonly places: Places } {
  const [, attempt, one, other = one] = POSITION.exec(position) ?? [];
  if (attempt === undefined || one === undefined || other === undefined) {
    throw invalid('there is no such place in a log', [
      { path: 'query.from', value: position, message: 'must be the position of a line' },
    ]);
  }
  return { attempt: Number(attempt), places: { stdout: parsePlace(one), stderr: parsePlace(other) } };
}
const PLACE = String.raw`\d{1,15}(?:\.\d{1,9})?`;
const POSITION = new RegExp(`^(\\d{1,9}):(${PLACE})(?::(${PLACE}))?$`);

function formatPlace({ start, skip }: Place): string {
  return skip === 0 ? String(start) : `${start}.${skip}`;
}

function parsePlace(text: string): Place {
  const [start, skip = 0] = text.split('.');
  return { start: Number(start), skip: Number(skip) };
}
