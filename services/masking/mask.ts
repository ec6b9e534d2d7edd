import type { LogEntry } from '../../backends/scheduler/contract.ts';
import { PatternMatcher, type Span } from './matcher.ts';
import { MIN_MASKED_BYTES, secretPatterns } from './patterns.ts';

const MASK = Buffer.from('***');
const NEWLINE = 0x0a;

/**
 * Masks the values of secrets in a log while it streams. Each entry taken is given out once, in the order of its stream,
 * with nothing but its data changed, so that whoever resumes the log can count entries. An entry that ends a line is given
 * out at once. One that does not (the engine has split a long line) waits until what follows in its stream, or the end, has
 * shown that no secret goes across its border: that takes at most `MAX_PATTERN_BYTES` more.
 *
 * @param values what secretPatterns cannot tell from ordinary text is not masked
 * @param resumed whether entries before these were given out earlier, so that each stream may begin within a secret
 */
export function maskSecrets(
  entries: AsyncIterable<LogEntry>,
  values: readonly string[],
  resumed = false,
): AsyncIterable<LogEntry> {
  const patterns = secretPatterns(values);
  if (patterns.length === 0) return entries;
  const matcher = new PatternMatcher(patterns);
  return {
    [Symbol.asyncIterator]: () => new MaskedLog(entries[Symbol.asyncIterator](), matcher, resumed ? patterns : []),
  };
}

/** Written out rather than as a generator, which would cost as much for each line as masking does. */
class MaskedLog implements AsyncIterator<LogEntry> {
  readonly #source: AsyncIterator<LogEntry>;
  readonly #matcher: PatternMatcher;
  readonly #lines: Readonly<Record<LogEntry['stream'], UnfinishedLine>>;
  /** To be given out next, the first one last. */
  #ready: LogEntry[] = [];

  /** @param begun what a stream may begin in the middle of */
  constructor(source: AsyncIterator<LogEntry>, matcher: PatternMatcher, begun: readonly Uint8Array[]) {
    this.#source = source;
    this.#matcher = matcher;
    this.#lines = { stdout: new UnfinishedLine(matcher, begun), stderr: new UnfinishedLine(matcher, begun) };
  }

  readonly #take = (result: IteratorResult<LogEntry>): IteratorResult<LogEntry> | Promise<IteratorResult<LogEntry>> => {
    if (result.done) {
      this.#ready = [...this.#lines.stdout.finish(), ...this.#lines.stderr.finish()].reverse();
      const last = this.#ready.pop();
      return last ? { done: false, value: last } : result;
    }
    const line = this.#lines[result.value.stream];
    if (line.isClear && endsLine(result.value)) {
      return { done: false, value: maskEntry(this.#matcher, result.value) };
    }
    this.#ready = [...line.add(result.value)].reverse();
    return this.next();
  };

  next(): Promise<IteratorResult<LogEntry>> {
    const value = this.#ready.pop();
    return value ? Promise.resolve({ done: false, value }) : this.#source.next().then(this.#take);
  }

  async return(): Promise<IteratorResult<LogEntry>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}

/** An entry that is a line of its own. */
function maskEntry(matcher: PatternMatcher, entry: LogEntry): LogEntry {
  const spans = matcher.find(entry.data);
  return spans.length === 0 ? entry : { ...entry, data: maskData(entry.data, spans, 0, false) };
}

function endsLine({ data }: LogEntry): boolean {
  return data.at(-1) === NEWLINE;
}

/** The entries of a line that has not ended yet, as far as they cannot be given out. */
class UnfinishedLine {
  readonly #matcher: PatternMatcher;
  #entries: LogEntry[] = [];
  /** How many bytes at the beginning are masked by what began in an entry that was given out. */
  #maskedBytes = 0;
  /** Whether the last byte given out was masked, and so has its stars already. */
  #afterMask = false;
  /** What the next entry may begin in the middle of. */
  #begun: readonly Uint8Array[];

  constructor(matcher: PatternMatcher, begun: readonly Uint8Array[]) {
    this.#matcher = matcher;
    this.#begun = begun;
  }

  /** Whether the next entry begins a line, and nothing waits to be given out before it. */
  get isClear(): boolean {
    return this.#entries.length === 0 && this.#begun.length === 0;
  }

  /** Takes the next entry, and returns those that can be given out now. */
  add(entry: LogEntry): readonly LogEntry[] {
    this.#entries.push(entry);
    if (this.#begun.length > 0) {
      this.#maskedBytes = restLength(this.#begun, entry.data);
      this.#afterMask = this.#maskedBytes > 0;
      this.#begun = [];
    }
    return endsLine(entry) ? this.finish() : this.#release(this.#matcher.longest - 1);
  }

  /** Gives out what is left: the line has ended. */
  finish(): readonly LogEntry[] {
    const released = this.#release(0);
    this.#maskedBytes = 0;
    this.#afterMask = false;
    return released;
  }

  /** Gives out all entries but those with one of the last bytes, in which a secret may have begun. */
  #release(undecidedBytes: number): readonly LogEntry[] {
    const text = Buffer.concat(this.#entries.map(({ data }) => data));
    const found = this.#matcher.find(text);
    const spans = this.#maskedBytes > 0 ? withHead(found, this.#maskedBytes) : found;
    const released: LogEntry[] = [];
    let from = 0;
    for (const entry of this.#entries) {
      const to = from + entry.data.length;
      if (to > text.length - undecidedBytes) break;
      released.push({ ...entry, data: maskData(entry.data, spans, from, this.#afterMask) });
      if (to > from) this.#afterMask = spans.some(({ start, end }) => start < to && to <= end);
      from = to;
    }
    this.#entries = this.#entries.slice(released.length);
    const across = spans.find(({ start, end }) => start < from && from < end);
    if (from > 0) this.#maskedBytes = across ? across.end - from : 0;
    return released;
  }
}

/**
 * With how many bytes a text begins that are the rest of a pattern; 0 if there are fewer than a secret has. The pieces that
 * engines split lines into are longer than any pattern, so no rest goes on behind the first.
 */
function restLength(patterns: readonly Uint8Array[], text: Uint8Array): number {
  const start = Buffer.from(text.buffer, text.byteOffset, text.length);
  let longest = 0;
  for (const pattern of patterns) {
    for (let length = Math.min(pattern.length - 1, text.length); length > longest; length--) {
      if (start.subarray(0, length).equals(pattern.subarray(-length))) longest = length;
    }
  }
  return longest < MIN_MASKED_BYTES ? 0 : longest;
}

/** Spans with another one at the very beginning. */
function withHead(spans: readonly Span[], length: number): readonly Span[] {
  const touching = spans.filter(({ start }) => start <= length);
  const end = Math.max(length, ...touching.map((span) => span.end));
  return [{ start: 0, end }, ...spans.slice(touching.length)];
}

/**
 * Writes stars in place of each span, where it begins.
 *
 * @param offset where `data` begins in the text that the spans are of
 * @param afterMask whether what is in front of `data` was masked
 */
function maskData(data: Uint8Array, spans: readonly Span[], offset: number, afterMask: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  let written = 0;
  for (const span of spans) {
    const start = span.start - offset;
    const end = span.end - offset;
    if (end <= 0) continue;
    if (start >= data.length) break;
    parts.push(data.subarray(written, Math.max(start, 0)));
    const goesOn = start < 0 || (start === 0 && afterMask);
    if (!goesOn) parts.push(MASK);
    written = Math.min(end, data.length);
  }
  if (written === 0) return data;
  return Buffer.concat([...parts, data.subarray(written)]);
}
