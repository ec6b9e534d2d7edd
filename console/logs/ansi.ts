/** A piece of a line in one style. */
export interface Piece {
  readonly text: string;
  readonly className: string;
  readonly color?: string;
  readonly background?: string;
}

interface Style {
  readonly classes: ReadonlySet<string>;
  readonly fg: string | undefined;
  readonly bg: string | undefined;
}

const PLAIN: Style = { classes: new Set(), fg: undefined, bg: undefined };

/** Escape sequences: those that set a style (their parameters are captured), and all others, which are left out. */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const ESCAPES = /\u001B(?:\[([\d;]*)m|\[[\d;?]*[A-Za-ln-z]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\^_=>])/g;

const MARKS: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike',
};
const UNMARKS: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
};

/** What of a line a terminal would show in the end: what follows the last return to its beginning. */
export function withoutRewrites(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** The line without any escape sequences. */
export function plainText(line: string): string {
  return line.includes('\u001B') ? line.replaceAll(ESCAPES, '') : line;
}

/** Splits a line where its style changes. */
export function parseAnsi(line: string): readonly Piece[] {
  if (!line.includes('\u001B')) return [{ text: line, className: '' }];
  const pieces: Piece[] = [];
  let style = PLAIN;
  let at = 0;
  const push = (text: string) => {
    if (text !== '') pieces.push(pieceOf(text, style));
  };
  for (const match of line.matchAll(ESCAPES)) {
    push(line.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] !== undefined) style = applyCodes(style, match[1]);
  }
  push(line.slice(at));
  return pieces;
}

function pieceOf(text: string, { classes, fg, bg }: Style): Piece {
  const names = [...classes].map((mark) => `ansi-${mark}`);
  const own = (color: string | undefined, kind: string) => {
    if (color === undefined || color.startsWith('#')) return color;
    names.push(`ansi-${kind}-${color}`);
    return undefined;
  };
  const color = own(fg, 'fg');
  const background = own(bg, 'bg');
  return { text, className: names.join(' '), ...(color && { color }), ...(background && { background }) };
}

function applyCodes(style: Style, parameters: string): Style {
  const codes = parameters === '' ? [0] : parameters.split(';').map(Number);
  let result = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes.slice(at + 1));
      result = code === 38 ? { ...result, fg: color } : { ...result, bg: color };
      at += used;
    } else {
      result = applyCode(result, code);
    }
  }
  return result;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  const mark = MARKS[code];
  if (mark !== undefined) return { ...style, classes: new Set([...style.classes, mark]) };
  const unmark = UNMARKS[code];
  if (unmark) return { ...style, classes: new Set([...style.classes].filter((each) => !unmark.includes(each))) };
  if (code === 39) return { ...style, fg: undefined };
  if (code === 49) return { ...style, bg: undefined };
  if (code >= 30 && code <= 37) return { ...style, fg: String(code - 30) };
  if (code >= 90 && code <= 97) return { ...style, fg: String(code - 82) };
  if (code >= 40 && code <= 47) return { ...style, bg: String(code - 40) };
  if (code >= 100 && code <= 107) return { ...style, bg: String(code - 92) };
  return style;
}

/** A colour out of 256 or 16 million: the number of one of the first 16, or its hexadecimal digits; and how many codes it takes. */
function extendedColor([kind, ...values]: readonly number[]): [color: string | undefined, used: number] {
  if (kind === 2) return [hex(values.slice(0, 3)), 4];
  const [index = 0] = values;
  if (kind !== 5) return [undefined, 0];
  if (index < 16) return [String(index), 2];
  if (index >= 232) return [hex(Array.from({ length: 3 }, () => 8 + (index - 232) * 10)), 2];
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return [hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]), 2];
}

function hex(parts: readonly number[]): string {
  return `#${parts.map((part) => Math.min(255, Math.max(0, part)).toString(16).padStart(2, '0')).join('')}`;
}
