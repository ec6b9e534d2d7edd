import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { LogBook } from './log-book.ts';
import { LogScreen } from './log-screen.tsx';
import type { LogSource, LogState } from './log-source.ts';
import { LogTools, type LogOptions } from './log-tools.tsx';
import { useSearch } from './use-search.ts';
import '../styles/logs.css';

interface LogViewProps {
  readonly source: LogSource;
  /** In little space, without tools. */
  readonly compact?: boolean;
  /** Whether more may come although all that there is is complete. */
  readonly unfinished?: boolean;
  /** The line to show, from 1. */
  readonly line?: number | undefined;
  readonly onLine?: (line: number) => void;
}

const WORDS: Readonly<Record<LogState, string>> = {
  loading: 'loading',
  following: 'being written',
  complete: 'complete',
  lost: 'There is no log: it was removed, or nothing was printed.',
};

/** The log of a task, while it is written and afterwards. */
export function LogView({ source, compact = false, unfinished = false, line, onLine }: LogViewProps) {
  const [book, setBook] = useState(() => new LogBook());
  const [read, setRead] = useState<LogState>('loading');
  const state = read === 'complete' && unfinished ? 'following' : read;
  const [options, setOptions] = useState<LogOptions>({ wrap: compact, times: false });
  const [query, setQuery] = useState('');
  useSyncExternalStore(book.watch, () => book.version);
  const search = useSearch(book, query);

  useEffect(() => {
    const stop = new AbortController();
    const fresh = new LogBook();
    setBook(fresh);
    source.follow(fresh, stop.signal, setRead);
    return () => stop.abort();
  }, [source]);

  const target = useMemo(() => search.current ?? (line === undefined ? undefined : line - 1), [search, line]);
  if (state === 'lost' && book.size === 0) return <p className="quiet">{WORDS.lost}</p>;
  return (
    <div className={compact ? 'log log-compact' : 'log'} style={compact ? { height: compactHeight(book) } : undefined}>
      {!compact && (
        <LogTools
          book={book}
          source={source}
          state={`${book.size.toLocaleString()} lines, ${WORDS[state]}`}
          options={options}
          onOptions={setOptions}
          query={query}
          onQuery={setQuery}
          search={search}
        />
      )}
      <LogScreen
        book={book}
        wrap={options.wrap}
        times={options.times}
        numbers={!compact}
        merged={source.merged ?? false}
        marked={line === undefined ? undefined : line - 1}
        target={target}
        query={query}
        follow={line === undefined}
        complete={state === 'complete'}
        onLine={onLine}
      />
    </div>
  );
}

/** As high as a few lines need, in pixels. */
function compactHeight({ size }: LogBook): number {
  return Math.min(260, Math.max(58, size * 18 + 8));
}
