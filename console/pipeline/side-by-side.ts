import { diffLines } from 'diff';

/** A line of either side; one of them is missing where the other was added. */
export interface Row {
  readonly kind: 'same' | 'changed' | 'gap';
  readonly left?: Side;
  readonly right?: Side;
}

interface Side {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** So many equal lines are shown around a change. */
const AROUND = 3;

/** Two texts beside each other, with gaps where both are the same for long. */
export function sideBySide(old: string, now: string): readonly Row[] {
  const rows: Row[] = [];
  let left = 0;
  let right = 0;
  let removed: Side[] = [];
  let added: Side[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      rows.push({ kind: 'changed', ...side('left', removed[index]), ...side('right', added[index]) });
    }
    removed = [];
    added = [];
  };
  for (const part of diffLines(`${old}\n`, `${now}\n`)) {
    const lines = part.value.replace(/\n$/, '').split('\n');
    if (part.removed) removed.push(...lines.map((text) => ({ number: (left += 1), text })));
    else if (part.added) added.push(...lines.map((text) => ({ number: (right += 1), text })));
    else {
      flush();
      for (const text of lines)
        rows.push({ kind: 'same', left: { number: (left += 1), text }, right: { number: (right += 1), text } });
    }
  }
  flush();
  return withGaps(rows);
}

function side<Name extends 'left' | 'right'>(name: Name, value: Side | undefined): Partial<Record<Name, Side>> {
  return (value ? { [name]: value } : {}) as Partial<Record<Name, Side>>;
}

function withGaps(rows: readonly Row[]): readonly Row[] {
  const near = rows.map((_row, index) =>
    rows.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind === 'changed'),
  );
  return rows.flatMap((row, index): Row[] => {
    if (near[index]) return [row];
    return index === 0 || near[index - 1] ? [{ kind: 'gap' }] : [];
  });
}
