import { diffArrays } from 'diff';
import type { Paint, Style } from '../output/paint.ts';
import type { Difference, FieldChange } from './compare.ts';

/** How many unchanged lines around a change help to see where it is. */
const CONTEXT = 2;
const INDENT = '    ';

/**
 * A difference as lines that begin, perhaps after blanks, with what they are: `+` for what is new, `-` for what is gone, `~`
 * for a task in which something has changed.
 */
export function describeDifference({ fields, added, changed, removed }: Difference): string[] {
  return [
    ...fields.flatMap(fieldLines),
    ...changed.flatMap((task) => [`~ task ${task.id}`, ...task.fields.flatMap(fieldLines).map(indent)]),
    ...added.flatMap((task) => [`+ task ${task.id}`, ...task.fields.flatMap(fieldLines).map(indent)]),
    ...removed.map((id) => `- task ${id}`),
  ];
}

const STYLES: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** Lines of `describeDifference` in their colours. */
export function paintDifference(lines: readonly string[], paint: Paint): string[] {
  return lines.map((line) => paint(STYLES[line.trimStart()[0] ?? ''] ?? 'gray', line));
}

function fieldLines({ field, before, after }: FieldChange): string[] {
  const lines = diffArrays(describe(field, before), describe(field, after)).flatMap(({ added, removed, value }) => {
    const sign = added ? '+' : removed ? '-' : ' ';
    return value.map((line) => ({ sign, text: `${sign} ${line}` }));
  });
  // The name of the field, and what is near a change.
  const isShown = (index: number): boolean =>
    index === 0 || lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' ');
  // Passwords are not shown, so all that can be said of them is that they may have changed.
  if (lines.every(({ sign }) => sign === ' ')) return [`~ ${field}`];
  return lines.flatMap(({ text }, index) => (isShown(index) ? [text] : isShown(index - 1) ? ['  …'] : []));
}

/** A value as people would write it down; nothing for one that is not there. */
function describe(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (name === 'pass') return ['pass: [Redacted]'];
  if (typeof value === 'string' && value.includes('\n')) return [`${name}:`, ...value.split('\n').map(indentHalf)];
  if (Array.isArray(value)) return [`${name}:`, ...value.flatMap(describeElement).map(indentHalf)];
  if (typeof value !== 'object') return [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [`${name}:`, ...members.flatMap(([key, member]) => describe(key, member)).map(indentHalf)];
}

function describeElement(value: unknown): string[] {
  const [first = '', ...rest] = (typeof value === 'string' ? value : JSON.stringify(value)).split('\n');
  return [`• ${first}`, ...rest.map((line) => `  ${line}`)];
}

function indent(line: string): string {
  return `${INDENT}${line}`;
}

function indentHalf(line: string): string {
  return `  ${line}`;
}
