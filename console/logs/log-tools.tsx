import type { KeyboardEvent } from 'react';
import { Icon } from '../shell/icons.tsx';
import type { Line, LogBook } from './log-book.ts';
import type { LogSource } from './log-source.ts';
import type { Search } from './use-search.ts';

export interface LogOptions {
  readonly wrap: boolean;
  readonly times: boolean;
}

interface LogToolsProps {
  readonly book: LogBook;
  readonly source: LogSource;
  readonly state: string;
  readonly options: LogOptions;
  readonly onOptions: (options: LogOptions) => void;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly search: Search;
}

/** Search, wrapping, times and download. */
export function LogTools({ book, source, state, options, onOptions, query, onQuery, search }: LogToolsProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    search.step(event.shiftKey ? -1 : 1);
  };
  return (
    <div className="log-tools">
      <label className="search search-small">
        <Icon name="search" />
        <input
          type="search"
          placeholder="Search the log"
          aria-label="Search the log"
          value={query}
          onChange={({ target }) => onQuery(target.value)}
          onKeyDown={onKeyDown}
        />
      </label>
      {query !== '' && (
        <span className="log-found">
          <span className="quiet number" role="status">
            {search.place} of {search.found.length.toLocaleString()}
          </span>
          <button type="button" className="button button-small" onClick={() => search.step(-1)}>
            Previous
          </button>
          <button type="button" className="button button-small" onClick={() => search.step(1)}>
            Next
          </button>
        </span>
      )}
      <span className="log-state quiet number" role="status">
        {state}
      </span>
      <label className="check">
        <input
          type="checkbox"
          checked={options.times}
          onChange={({ target }) => onOptions({ ...options, times: target.checked })}
        />
        Times
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={options.wrap}
          onChange={({ target }) => onOptions({ ...options, wrap: target.checked })}
        />
        Wrap
      </label>
      {source.download === undefined ? (
        <button type="button" className="button button-small" onClick={() => save(book, `${source.name}.log`)}>
          Download
        </button>
      ) : (
        <a className="button button-small" href={source.download} download={`${source.name}.log`}>
          Download
        </a>
      )}
    </div>
  );
}

/** Makes a file of what the page has. */
function save(book: LogBook, name: string): void {
  const lines = Array.from({ length: book.size }, (_, index) => `${fileLine(book.line(index))}\n`);
  const url = URL.createObjectURL(new Blob(lines, { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function fileLine(line: Line | undefined): string {
  return line?.task === undefined ? (line?.text ?? '') : `${line.task} | ${line.text}`;
}
