import type { ReactNode } from 'react';
import { moveAmongRows } from './keyboard.ts';

export interface Column<T> {
  /** Its name; what ends with `:` is only read out, over cells that speak for themselves. */
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  /** Of its cells: `end` for what is read from the right, `number`, `mono`, `quiet` or `reason`. */
  readonly className?: string;
}

/** Rows of equal things. Wider than the page, it scrolls by itself; the arrows go along elements with `data-row`. */
export function Table<T>({
  label,
  rows,
  rowKey,
  columns,
}: {
  /** What the rows are, for those who hear the page. */
  readonly label: string;
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  readonly columns: readonly Column<T>[];
}) {
  return (
    <div className="table-scroll" onKeyDown={moveAmongRows} tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map(({ head, className }) => (
              <th key={head} scope="col" className={className?.includes('end') ? 'end' : undefined}>
                {head.endsWith(':') ? <span className="visually-hidden">{head.slice(0, -1)}</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ head, cell, className }) => (
                <td key={head} className={className}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
