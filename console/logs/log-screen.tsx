import { memo, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { clockTime, exactTime } from '../ui/time.tsx';
import { parseAnsi, plainText, withoutRewrites } from './ansi.ts';
import type { Line, LogBook, RowPlace } from './log-book.ts';

/** Of a row, in pixels; also in console/styles/logs.css. */
const ROW = 18;
/** Browsers make nothing higher than this; longer logs are scrolled in larger steps. */
const MOST_HEIGHT = 12_000_000;
/** So near to the end, in pixels, a reader is at the end. */
const AT_END = 24;

/** What is at the top: a row of a line, of which a part may be out of sight already; or the end is at the bottom. */
type Place = RowPlace | 'end';

interface LogScreenProps {
  readonly book: LogBook;
  readonly wrap: boolean;
  readonly times: boolean;
  readonly numbers: boolean;
  /** Whether each line says whose it is. */
  readonly merged: boolean;
  /** The line that the address names. */
  readonly marked: number | undefined;
  /** The line to scroll to. */
  readonly target: number | undefined;
  readonly query: string;
  /** Whether to begin at the end and stay there. */
  readonly follow: boolean;
  readonly complete: boolean;
  readonly onLine: ((line: number) => void) | undefined;
}

/**
 * The part of a log that is in sight. Only its rows are drawn; where they are follows from the place of the scroll bar, so that
 * a million lines cost no more than forty.
 */
export function LogScreen(props: LogScreenProps) {
  const { book, wrap, times, numbers, merged, target, follow, complete } = props;
  const frame = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const box = useBox(frame, probe);
  const [place, setPlace] = useState<Place>(follow ? 'end' : { line: 0, row: 0 });

  const gutter = (numbers ? 8 : 1) + (times ? 14 : 0) + (merged ? 20 : 0);
  const columns = wrap ? Math.max(20, box.columns - gutter) : Infinity;
  const rows = book.rows(columns);
  const visible = Math.ceil(box.height / ROW);
  const height = Math.min(rows * ROW, MOST_HEIGHT);
  const lastRow = Math.max(0, rows - box.height / ROW);
  const firstRow = place === 'end' ? lastRow : Math.min(lastRow, book.rowOfLine(place.line, columns) + place.row);
  /** How far one row scrolls, in pixels. */
  const step = height < MOST_HEIGHT ? ROW : (height - box.height) / Math.max(1, lastRow);

  const placeOf = (row: number): Place => {
    const whole = Math.floor(row);
    const { line, row: rowOfLine } = book.placeOfRow(whole, columns);
    return { line, row: rowOfLine + row - whole };
  };

  // The scroll bar follows the place, since new lines and another width move it.
  const put = useRef(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || Math.abs(element.scrollTop - firstRow * step) < 1) return;
    element.scrollTop = firstRow * step;
    put.current = element.scrollTop;
  }, [firstRow, step, height]);

  const reached = target !== undefined && target < book.size;
  useEffect(() => {
    if (reached) setPlace(placeOf(Math.max(0, book.rowOfLine(target, columns) - Math.floor(visible / 3))));
    // Only when there is another target: new lines must not take the reader back.
    // oxlint-disable-next-line react/exhaustive-deps -- the others change with every line
  }, [reached, target]);

  const onScroll = () => {
    const element = frame.current;
    if (!element || Math.abs(element.scrollTop - put.current) < 1) return;
    put.current = element.scrollTop;
    const atEnd = element.scrollHeight - element.clientHeight - element.scrollTop <= AT_END;
    setPlace(atEnd ? 'end' : placeOf(Math.min(lastRow, element.scrollTop / step)));
  };

  return (
    <div className="log-frame">
      <div
        className="log-screen"
        ref={frame}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-label="Log"
        aria-live="off"
      >
        <span className="log-probe" ref={probe} aria-hidden="true">
          0123456789
        </span>
        <div className="log-height" style={{ height }}>
          <Rows {...props} firstRow={firstRow} height={box.height} columns={columns} />
        </div>
      </div>
      {place !== 'end' && !complete && (
        <button type="button" className="button button-small log-follow" onClick={() => setPlace('end')}>
          Follow the end
        </button>
      )}
    </div>
  );
}

/** How high the frame is, in pixels, and how many characters fit beside each other. */
function useBox(frame: RefObject<HTMLElement | null>, probe: RefObject<HTMLElement | null>) {
  const [box, setBox] = useState({ height: 0, columns: 80 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => {
      const width = probe.current?.getBoundingClientRect().width ?? 0;
      setBox({ height: element.clientHeight, columns: Math.floor((element.clientWidth - 16) / (width / 10 || 8)) });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, probe]);
  return box;
}

interface RowsProps extends LogScreenProps {
  readonly firstRow: number;
  /** Of what is in sight, in pixels. */
  readonly height: number;
  readonly columns: number;
}

function Rows({ book, firstRow, height, columns, times, numbers, marked, target, query, onLine }: RowsProps) {
  const first = book.placeOfRow(Math.floor(firstRow), columns);
  const offset = -(firstRow - Math.floor(firstRow) + first.row) * ROW;
  const visible = Math.ceil(height / ROW);
  const lines = Array.from(
    { length: Math.min(visible + 2 + first.row, book.size - first.line) },
    (_, index) => first.line + index,
  );
  return (
    <div className="log-window" style={{ height }}>
      <div
        className={columns === Infinity ? 'log-lines' : 'log-lines log-lines-wrapped'}
        style={{ transform: `translateY(${offset}px)` }}
      >
        {lines.map((index) => {
          const line = book.line(index);
          const hot = index === marked || (query !== '' && index === target);
          return (
            line && (
              <LogLine
                key={index}
                line={line}
                index={index}
                times={times}
                numbers={numbers}
                hot={hot}
                query={query}
                onLine={onLine}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface LogLineProps {
  readonly line: Line;
  readonly index: number;
  readonly times: boolean;
  readonly numbers: boolean;
  readonly hot: boolean;
  readonly query: string;
  readonly onLine: ((line: number) => void) | undefined;
}

const LogLine = memo(
  function LogLine({ line, index, times, numbers, hot, query, onLine }: LogLineProps) {
    const text = withoutRewrites(line.text);
    return (
      <div className={hot ? 'log-line log-line-hot' : 'log-line'}>
        {numbers && (
          <button
            type="button"
            tabIndex={-1}
            className="log-number"
            aria-label={`Link to line ${index + 1}`}
            onClick={() => onLine?.(index + 1)}
          >
            {index + 1}
          </button>
        )}
        {times && (
          <span className="log-time" title={line.at > 0 ? exactTime(line.at) : undefined}>
            {line.at > 0 ? clockTime(line.at) : '–'}
          </span>
        )}
        {line.task !== undefined && <span className="log-task">{line.task}</span>}
        <span className="log-text">
          {query !== '' && plainText(text).toLowerCase().includes(query.toLowerCase()) ? (
            <Found text={plainText(text)} query={query} />
          ) : (
            <Coloured text={text} />
          )}
        </span>
      </div>
    );
  },
  (old, now) =>
    old.line.text === now.line.text &&
    old.line.at === now.line.at &&
    old.index === now.index &&
    old.times === now.times &&
    old.numbers === now.numbers &&
    old.hot === now.hot &&
    old.query === now.query,
);

function Coloured({ text }: { readonly text: string }) {
  return parseAnsi(text).map(({ text: piece, className, color, background }, index) =>
    className === '' && !color && !background ? (
      piece
    ) : (
      <span key={index} className={className} style={{ ...(color && { color }), ...(background && { background }) }}>
        {piece}
      </span>
    ),
  );
}

function Found({ text, query }: { readonly text: string; readonly query: string }) {
  const parts: { readonly text: string; readonly hit: boolean }[] = [];
  const low = text.toLowerCase();
  const wanted = query.toLowerCase();
  let at = 0;
  for (let hit = low.indexOf(wanted); hit >= 0; hit = low.indexOf(wanted, at)) {
    parts.push({ text: text.slice(at, hit), hit: false }, { text: text.slice(hit, hit + wanted.length), hit: true });
    at = hit + wanted.length;
  }
  parts.push({ text: text.slice(at), hit: false });
  return parts.map((part, index) => (part.hit ? <mark key={index}>{part.text}</mark> : part.text));
}
