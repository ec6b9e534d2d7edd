import type { Paint, Style } from '../../output/paint.ts';

/** A part of a line in one style. */
export type Span = string | readonly [text: string, style: Style];

/** A line of at most so many columns; what is cut off ends in an ellipsis. */
export function renderLine(spans: readonly Span[], columns: number, paint: Paint): string {
  let room = columns;
  let line = '';
  for (const [index, span] of spans.entries()) {
    const [text, style] = typeof span === 'string' ? [span, undefined] : span;
    const letters = Array.from(text);
    const isLast = spans.slice(index + 1).every((later) => (typeof later === 'string' ? later : later[0]) === '');
    const fits = letters.length < room || (letters.length === room && isLast);
    const shown = fits ? text : `${letters.slice(0, Math.max(0, room - 1)).join('')}…`;
    line += style === undefined || shown === '' ? shown : paint(style, shown);
    if (!fits) return line;
    room -= letters.length;
  }
  return line;
}
