/** The shortest text that is masked, in bytes: anything shorter is bound to occur by chance. */
export const MIN_MASKED_BYTES = 4;

/**
 * The longest pattern, in bytes. Longer texts are cut, so that a log is never held back for long; a piece of a secret is
 * masked where it stands alone as well.
 */
export const MAX_PATTERN_BYTES = 512;

/** Words that logs are full of. Masking them would hide nothing and make every log unreadable. */
const COMMON = new Set(
  'admin debug default error example false guest info localhost main master none null password prod production root secret staging test true undefined user warn'.split(
    ' ',
  ),
);

/** Up to five digits are years, ports, counts and exit codes. */
const SHORT_NUMBER = /^\d{1,5}$/;

/** Lines that `base64`, `openssl base64` and `xxd -p` break their output into, in characters. */
const BASE64_LINES = [76, 64];
const HEX_LINE = 60;

/**
 * The texts by which values may show up in a log: the values themselves, line by line, and what is left of them in the
 * encodings in which they leak most often. None of them has a line break, and each is at least `MIN_MASKED_BYTES` long.
 */
export function secretPatterns(values: readonly string[]): Buffer[] {
  const patterns = new Map<string, Buffer>();
  const add = (text: string, piece = MAX_PATTERN_BYTES) => {
    for (const pattern of cut(Buffer.from(text), piece)) patterns.set(pattern.toString('latin1'), pattern);
  };
  for (const value of new Set(values)) {
    if (!isMaskable(value.trim())) continue;
    for (const line of value.split(/[\r\n]+/)) if (isMaskable(line.trim())) add(line.trim());
    for (const text of new Set([value, value.trimEnd()])) addEncodings(text, add);
  }
  return [...patterns.values()];
}

/** Whether a value can be told from what logs consist of anyway. */
function isMaskable(text: string): boolean {
  if (Buffer.byteLength(text) < MIN_MASKED_BYTES) return false;
  return !SHORT_NUMBER.test(text) && !COMMON.has(text.toLowerCase());
}

type Add = (text: string, piece?: number) => void;

function addEncodings(text: string, add: Add): void {
  addBase64(text, add);
  const hex = Buffer.from(text).toString('hex');
  for (const written of [hex, hex.toUpperCase()]) add(written, HEX_LINE);
  for (const written of [...urlEncoded(text), ...quoted(text)]) if (!/[\r\n]/.test(written)) add(written);
}

/**
 * As a whole, alone or with the line break that `echo` adds, and what three alignments within something longer have in
 * common with all of these: a character that has bits of its neighbours is none of ours.
 */
function addBase64(text: string, add: Add): void {
  const bytes = Buffer.from(text);
  for (const alphabet of ['base64', 'base64url'] as const) {
    for (const whole of [bytes, Buffer.concat([bytes, Buffer.from('\n')])]) {
      for (const line of BASE64_LINES) add(whole.toString(alphabet), line);
    }
    for (const offset of [0, 1, 2]) {
      const written = Buffer.concat([Buffer.alloc(offset), bytes])
        .toString(alphabet)
        .replace(/=+$/, '');
      const known = Math.floor(((offset + bytes.length) * 8) / 6);
      add(written.slice(offset === 0 ? 0 : offset + 1, known));
    }
  }
}

/** As browsers, forms and other languages do it. */
function urlEncoded(text: string): readonly string[] {
  const usual = text.isWellFormed() ? encodeURIComponent(text) : text;
  const strict = usual.replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const upper = [usual, strict].flatMap((written) => [written, written.replaceAll('%2F', '/')]);
  const form = upper.map((written) => written.replaceAll('%20', '+'));
  const all = [...upper, ...form];
  return [...all, ...all.map((written) => written.replaceAll(/%../g, (code) => code.toLowerCase()))];
}

/** As JSON, shells and debuggers write it between quotes. */
function quoted(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(/[^\0-\x7e]/g, unicodeEscape);
  return [
    ...[json, ascii].flatMap((written) => [
      written,
      written.replaceAll('/', '\\/'),
      written.replaceAll(/[<>&]/g, unicodeEscape),
    ]),
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll(/["$`\\]/g, '\\$&'),
    text.replaceAll(/[^\w@%+=:,./\u0080-\uffff-]/g, '\\$&'),
    text.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'),
  ];
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Of several pieces, a shorter one could be anything. */
const MIN_PIECE_BYTES = 8;

/** Pieces that cover the text; where the last one is too short, another reaches back into the piece before. */
function cut(bytes: Buffer, piece: number): Buffer[] {
  const { length } = bytes;
  if (length <= piece) return length < MIN_MASKED_BYTES ? [] : [bytes];
  const starts = Array.from({ length: Math.ceil(length / piece) }, (_, index) => index * piece);
  const pieces = starts.map((start) => bytes.subarray(start, start + piece));
  return [...pieces.filter((one) => one.length >= MIN_PIECE_BYTES), bytes.subarray(length - piece)];
}
