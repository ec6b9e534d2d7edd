import { useEffect, useState } from 'react';
import type { LogBook } from './log-book.ts';

export interface Search {
  /** The lines that were found. */
  readonly found: readonly number[];
  /** The one to look at. */
  readonly current: number | undefined;
  /** Its place among them, from 1. */
  readonly place: number;
  readonly step: (by: 1 | -1) => void;
}

const NOTHING: readonly number[] = [];
/** So long it searches at a stretch, in milliseconds, before it lets the page do something else. */
const STRETCH_MS = 12;
const PAUSE_MS = 150;

/** The lines with a text in them, found bit by bit; what comes later is found too. */
export function useSearch(book: LogBook, query: string): Search {
  const [found, setFound] = useState(NOTHING);
  const [place, setPlace] = useState(0);
  // While a log grows it is searched again now and then, not with every line.
  const size = Math.ceil(book.size / 1_000);

  useEffect(() => {
    if (query === '') {
      setFound(NOTHING);
      setPlace(0);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => void searchAll(book, query, stop.signal, setFound), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [book, query, size]);

  const step = (by: 1 | -1) => setPlace((old) => (found.length === 0 ? 0 : (old + by + found.length) % found.length));
  return { found, current: found[place], place: found.length === 0 ? 0 : place + 1, step };
}

async function searchAll(
  book: LogBook,
  query: string,
  signal: AbortSignal,
  tell: (found: readonly number[]) => void,
): Promise<void> {
  const all: number[] = [];
  let since = performance.now();
  for (const found of book.find(query)) {
    all.push(...found);
    if (performance.now() - since < STRETCH_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return;
    since = performance.now();
  }
  if (!signal.aborted) tell(all);
}
