/** Where one or several overlapping patterns were found, in bytes, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const BLOCK_VALUES = 65_536;
const NONE: readonly Span[] = [];

/**
 * Finds many patterns at once, by the method of Wu and Manber: it looks at two bytes at a time, and skips as far as no
 * pattern can begin. So the time does not depend on how many patterns there are, as long as they are few against 65,536.
 */
export class PatternMatcher {
  readonly longest: number;
  readonly #window: number;
  /** By the last two bytes of the window: how far it may move. */
  readonly #shift = new Uint8Array(BLOCK_VALUES);
  /** By the last two bytes of the window: the patterns that may begin in it. */
  readonly #candidates = new Map<number, Uint8Array[]>();

  /** @param patterns at least two bytes each; if there are none, nothing is found */
  constructor(patterns: readonly Uint8Array[]) {
    this.longest = Math.max(0, ...patterns.map(({ length }) => length));
    this.#window = Math.min(255, ...patterns.map(({ length }) => length));
    this.#shift.fill(this.#window - 1);
    for (const pattern of patterns) this.#add(pattern);
  }

  #add(pattern: Uint8Array): void {
    for (let end = 2; end <= this.#window; end++) {
      const block = blockAt(pattern, end);
      this.#shift[block] = Math.min(this.#shift[block] ?? 0, this.#window - end);
    }
    const block = blockAt(pattern, this.#window);
    const candidates = this.#candidates.get(block);
    if (candidates) candidates.push(pattern);
    else this.#candidates.set(block, [pattern]);
  }

  /** The places of all patterns in a text, merged where they overlap or touch, in order. */
  find(text: Uint8Array): readonly Span[] {
    const shifts = this.#shift;
    const window = this.#window;
    let spans: { start: number; end: number }[] | undefined;
    for (let end = window; end <= text.length;) {
      const block = blockAt(text, end);
      const shift = shifts[block] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const start = end - window;
      const found = this.#longestAt(text, start, block);
      if (found > 0) {
        spans ??= [];
        const last = spans.at(-1);
        if (last && start <= last.end) last.end = Math.max(last.end, start + found);
        else spans.push({ start, end: start + found });
      }
      end++;
    }
    return spans ?? NONE;
  }

  /** The length of the longest pattern that stands there; 0 if there is none. */
  #longestAt(text: Uint8Array, start: number, block: number): number {
    let longest = 0;
    for (const pattern of this.#candidates.get(block) ?? []) {
      if (pattern.length > longest && standsAt(pattern, text, start)) longest = pattern.length;
    }
    return longest;
  }
}

function blockAt(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0);
}

function standsAt(pattern: Uint8Array, text: Uint8Array, start: number): boolean {
  if (start + pattern.length > text.length) return false;
  for (let index = 0; index < pattern.length; index++) if (pattern[index] !== text[start + index]) return false;
  return true;
}
