import { EventEmitter, on } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../../../backends/scheduler/contract.ts';
import { maskSecrets } from '../../../../services/masking/mask.ts';
import { MAX_PATTERN_BYTES } from '../../../../services/masking/patterns.ts';

const SECRET = 'hunter2-and-more';
const TIME = '2026-11-25T10:00:00.000000000Z';

type Stream = LogEntry['stream'];

/** Entries as the engine makes them: a line each, and a line of more than `limit` bytes in several. */
function entriesOf(text: string | Uint8Array, limit = 16_384, stream: Stream = 'stdout'): LogEntry[] {
  const bytes = Buffer.from(text);
  const entries: LogEntry[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf('\n', start);
    const end = Math.min(newline < 0 ? bytes.length : newline + 1, start + limit);
    entries.push({ stream, timestamp: `${TIME}-${entries.length}`, data: bytes.subarray(start, end) });
    start = end;
  }
  return entries;
}

async function* streamOf(entries: readonly LogEntry[]): AsyncGenerator<LogEntry> {
  yield* entries;
}

async function mask(entries: readonly LogEntry[], values: readonly string[]): Promise<LogEntry[]> {
  const output: LogEntry[] = [];
  for await (const entry of maskSecrets(streamOf(entries), values)) output.push(entry);
  return output;
}

const textOf = (entries: readonly LogEntry[]) => Buffer.concat(entries.map(({ data }) => data)).toString();
const masked = async (text: string, ...values: string[]) => textOf(await mask(entriesOf(text), values));

describe('what a task prints of a secret is masked:', () => {
  test.each([
    ['alone', `${SECRET}\n`, '***\n'],
    ['in a line', `password: '${SECRET}', user: me\n`, "password: '***', user: me\n"],
    ['several times', `${SECRET} ${SECRET}\nx${SECRET}y\n`, '*** ***\nx***y\n'],
    ['several times without a gap', `${SECRET}${SECRET}\n`, '***\n'],
    ['without a line break at the end', `a ${SECRET}`, 'a ***'],
    ['nothing of it', 'hunter2-and-mor hunter\n', 'hunter2-and-mor hunter\n'],
  ])('%s', async (_where, text, expected) => {
    expect(await masked(text, SECRET)).toBe(expected);
  });

  test('values that overlap leave nothing between them', async () => {
    expect(await masked('x abcdefghij y\n', 'abcdefg', 'efghij')).toBe('x *** y\n');
    expect(await masked('abcdefghij abcd\n', 'abcd', 'abcdefghij')).toBe('*** ***\n');
  });

  test('bytes that are no text stay as they are', async () => {
    const noise = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const entries = entriesOf(Buffer.concat([noise, Buffer.from(SECRET), noise, Buffer.from('\n')]));
    const [entry] = await mask(entries, [SECRET]);
    expect(Buffer.from(entry?.data ?? [])).toEqual(
      Buffer.concat([noise, Buffer.from('***'), noise, Buffer.from('\n')]),
    );
  });
});

describe('encodings', () => {
  const VALUES = [
    'hunter2-and-more',
    `it's "quoted" $HOME\\n & <more>/ünï`,
    'p@ss wörd+/?',
    'x1y2z3q',
    '\u{1f511}key!',
  ];
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const ENCODINGS: [string, (value: string) => string][] = [
    ['base64', base64],
    ['base64url', (value) => Buffer.from(value).toString('base64url')],
    ['base64 of echo', (value) => base64(`${value}\n`)],
    ['hexadecimal', (value) => Buffer.from(value).toString('hex')],
    ['capital hexadecimal', (value) => Buffer.from(value).toString('hex').toUpperCase()],
    ['a URL', encodeURIComponent],
    ['a form', (value) => new URLSearchParams([['', value]]).toString().slice(1)],
    ['JSON', (value) => JSON.stringify(value).slice(1, -1)],
    ['a shell', (value) => value.replaceAll("'", "'\\''")],
  ];

  test.each(ENCODINGS)('%s', async (_name, encode) => {
    for (const value of VALUES) expect(await masked(`<${encode(value)}>\n`, value), value).toBe('<***>\n');
  });

  test.each([0, 1, 2, 3, 4, 5])('base64 within something longer, %d bytes from its beginning', async (offset) => {
    for (const value of VALUES) {
      for (const tail of ['', '!', '!!', 'something']) {
        const output = await masked(`${base64(`${'u'.repeat(offset)}${value}${tail}`)}\n`, value);
        const rest = Buffer.from(output.replaceAll('***', ''), 'base64').toString('latin1');
        // At either end a character may be left that shares its bits with a neighbour.
        expect(output).toContain('***');
        for (const piece of [value.slice(0, 3), value.slice(-3)]) expect(rest, value).not.toContain(piece);
      }
    }
  });

  test.each([76, 64])('base64 in lines of %d', async (width) => {
    const value = Array.from({ length: 40 }, (_, index) => `part-${index}.`).join('');
    const lines = base64(value).replaceAll(new RegExp(`.{${width}}`, 'g'), '$&\n');
    const output = await masked(`${lines}\n`, value);
    expect(output.replaceAll('***\n', '').length).toBeLessThan(12);
  });

  test('a value of many lines, as one line of JSON', async () => {
    const value = 'first line\nsecond line\nthird line\n';
    expect(await masked(`${JSON.stringify({ value })}\n`, value)).toBe('{"value":"***"}\n');
  });
});

describe('a value of many lines', () => {
  const KEY = `-----BEGIN KEY-----\n  MIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\nab\n-----END KEY-----\n`;

  test('is masked line by line, whatever their indentation', async () => {
    expect(await masked(KEY, KEY)).toBe('***\n  ***\r\n***\nab\n***\n');
    expect(await masked('x\n\t\tMIIEvQIBADANBgkq\ny\n', KEY)).toBe('x\n\t\t***\ny\n');
  });

  test('is masked where a shell has made one line of it', async () => {
    expect(await masked(`${KEY.split(/\s+/).join(' ')}\n`, KEY)).not.toMatch(/MII|hki/);
  });
});

describe('what is not masked:', () => {
  test.each([['abc'], ['true'], ['8080'], ['12345'], ['localhost'], ['Password'], ['  '], [''], ['\n\n']])(
    '%j',
    async (value) => {
      const text = `abc true 8080 12345 localhost Password   \n\nYWJj\n`;
      expect(await masked(text, value)).toBe(text);
    },
  );

  test('six digits and four letters are', async () => {
    expect(await masked('id 123456 abcd\n', '123456', 'abcd')).toBe('id *** ***\n');
  });
});

describe('across the borders of entries', () => {
  test('a secret is masked once, in the entry where it begins', async () => {
    const output = await mask(entriesOf(`ab${SECRET}cd\n`, 5), [SECRET]);
    expect(output.map(({ data }) => Buffer.from(data).toString())).toEqual(['ab***', '', '', 'cd', '\n']);
  });

  test('a secret that is longer than several entries is masked in all of them', async () => {
    const huge = Array.from({ length: 6_000 }, (_, index) => `${index}:secret;`).join('');
    const output = await mask(entriesOf(`before ${huge} after\n`), [huge]);
    expect(output.length).toBeGreaterThan(4);
    expect(textOf(output)).toBe('before *** after\n');
  });

  test('the streams do not mix', async () => {
    const [start, end] = [SECRET.slice(0, 8), SECRET.slice(8)];
    const entry = (stream: Stream, text: string): LogEntry => ({ stream, timestamp: TIME, data: Buffer.from(text) });
    const output = await mask(
      [entry('stdout', start), entry('stderr', end), entry('stderr', `${end}\n`), entry('stdout', `${end}\n`)],
      [SECRET],
    );
    const ofStream = (name: Stream) => textOf(output.filter(({ stream }) => stream === name));
    expect(ofStream('stdout')).toBe('***\n');
    expect(ofStream('stderr')).toBe(`${end}${end}\n`);
  });

  test('a line that goes on is never mistaken for the next one', async () => {
    expect(textOf(await mask(entriesOf('hunter2-\nand-more\n'), [SECRET]))).toBe('hunter2-\nand-more\n');
  });
});

describe('while it streams', () => {
  /** Entries that come when they are told to. */
  function live() {
    const pushed = new EventEmitter();
    const arrivals = on(pushed, 'entry', { close: ['end'] });
    let taken = 0;
    const source = async function* (): AsyncGenerator<LogEntry> {
      for await (const [text] of arrivals) {
        taken++;
        yield* entriesOf(String(text));
      }
    };
    return {
      output: maskSecrets(source(), [SECRET])[Symbol.asyncIterator](),
      push: (text: string) => pushed.emit('entry', text),
      end: () => pushed.emit('end'),
      taken: () => taken,
    };
  }
  const next = async (output: AsyncIterator<LogEntry>) => {
    const { value, done } = await output.next();
    return done ? undefined : textOf([value]);
  };

  test('a line is given out at once', async () => {
    const { output, push, taken } = live();
    for (const text of ['one\n', `${SECRET}\n`, 'hunter2\n']) {
      const answer = next(output);
      push(text);
      expect(await answer).toBe(text.replace(SECRET, '***'));
    }
    expect(taken()).toBe(3);
  });

  test('a part of a line waits for the next one, or for the end', async () => {
    const { output, push, end } = live();
    let given: string | undefined;
    const answer = next(output).then((text) => (given = text));
    push('partly hunter2-');
    await new Promise(setImmediate);
    expect(given).toBeUndefined();
    push('and-more, yes\n');
    expect(await answer).toBe('partly ***');
    expect(await next(output)).toBe(', yes\n');
    const last = next(output);
    push('hunter2-');
    await new Promise(setImmediate);
    end();
    expect(await last).toBe('hunter2-');
    expect(await next(output)).toBeUndefined();
  });

  test('of a long line no more than what a secret may take is held back', async () => {
    const { output, push } = live();
    const long = 'y'.repeat(16_384);
    const first = next(output);
    push(long);
    await new Promise(setImmediate);
    push('z'.repeat(MAX_PATTERN_BYTES));
    expect(await first).toBe(long);
  });

  test('a source that fails takes with it only what was held back', async () => {
    const source = async function* (): AsyncGenerator<LogEntry> {
      yield* entriesOf('one\ntwo');
      throw new Error('the engine is gone');
    };
    const output = maskSecrets(source(), [SECRET])[Symbol.asyncIterator]();
    expect(await next(output)).toBe('one\n');
    await expect(output.next()).rejects.toThrow('the engine is gone');
  });

  test('stopping to read stops the source', async () => {
    let closed = false;
    const source = async function* (): AsyncGenerator<LogEntry> {
      try {
        for (;;) yield* entriesOf('line\n');
      } finally {
        closed = true;
      }
    };
    for await (const entry of maskSecrets(source(), [SECRET])) if (entry) break;
    expect(closed).toBe(true);
  });
});

describe('resumed where an earlier reader was cut off', () => {
  test('nothing is left of a secret that goes on', async () => {
    for (let before = 0; before < 40; before++) {
      const entries = entriesOf(`${'.'.repeat(before)}${SECRET} and ${SECRET}\n`, 18);
      const whole = textOf(await mask(entries, [SECRET]));
      const count = before % entries.length;
      const source = async function* (): AsyncGenerator<LogEntry> {
        yield* entries.slice(0, count);
        throw new Error('the worker dies');
      };
      const kept: LogEntry[] = [];
      await expect(
        (async () => {
          for await (const entry of maskSecrets(source(), [SECRET])) kept.push(entry);
        })(),
      ).rejects.toThrow('dies');
      for await (const entry of maskSecrets(streamOf(entries.slice(kept.length)), [SECRET], true)) kept.push(entry);
      expect(textOf(kept)).toBe(whole);
    }
  });

  test('and a line that is whole stays as it is', async () => {
    for (const text of ['more or less\n', 'ore\n', `${SECRET}\n`, 'and-more\n']) {
      const output: LogEntry[] = [];
      for await (const entry of maskSecrets(streamOf(entriesOf(`${text}and-more\n`)), [SECRET], true))
        output.push(entry);
      // Only what looks like the rest of a secret, at the very beginning, does not.
      const expected = text.startsWith('and-more') || text.startsWith('more') ? text.replace(/^(and-)?more/, '') : text;
      expect(textOf(output)).toBe(`${expected.replace(SECRET, '***')}and-more\n`);
    }
  });
});

describe('however the engine cuts it', () => {
  // Of few letters, so that secrets occur, and overlap, and nearly occur.
  const secret = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 9 });
  const line = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 60 });
  const entries = fc.array(fc.tuple(fc.constantFrom<Stream[]>('stdout', 'stderr'), line, fc.array(fc.nat(60))), {
    maxLength: 8,
  });

  /** The entries of some lines, each cut at some places, those of different streams in turn. */
  function cutUp(lines: readonly [Stream, string, number[]][], last: boolean): LogEntry[] {
    const queues: Record<Stream, LogEntry[]> = { stdout: [], stderr: [] };
    let count = 0;
    for (const [index, [stream, content, cuts]] of lines.entries()) {
      const text = last && index === lines.length - 1 ? content : `${content}\n`;
      const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      for (const [n, place] of places.slice(1).entries()) {
        const data = Buffer.from(text.slice(places[n], place));
        queues[stream].push({ stream, timestamp: `${count++}`, data });
      }
    }
    const mixed: LogEntry[] = [];
    while (queues.stdout.length + queues.stderr.length > 0) {
      for (const queue of [queues.stdout, queues.stderr]) mixed.push(...queue.splice(0, 1));
    }
    return mixed;
  }

  /** The slow and obvious way: a byte is masked if any occurrence of a secret covers it. */
  function maskedPlainly(text: string, secrets: readonly string[]): string {
    const covered = new Set<number>();
    for (const value of secrets) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
        for (let index = at; index < at + value.length; index++) covered.add(index);
      }
    }
    return [...text].map((letter, i) => (!covered.has(i) ? letter : covered.has(i - 1) ? '' : '***')).join('');
  }

  test('it comes out as the whole would, entry by entry, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        entries,
        fc.boolean(),
        async (values, lines, last) => {
          const input = cutUp(lines, last);
          const output = await mask(input, values);
          for (const stream of ['stdout', 'stderr'] as const) {
            const [before, after] = [input, output].map((all) => all.filter((entry) => entry.stream === stream));
            expect(after?.map(({ timestamp }) => timestamp)).toEqual(before?.map(({ timestamp }) => timestamp));
            expect(textOf(after ?? [])).toBe(maskedPlainly(textOf(before ?? []), values));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('long secrets too', async () => {
    const long = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 600, maxLength: 2_500 });
    await fc.assert(
      fc.asyncProperty(
        long,
        fc.string({ maxLength: 20 }),
        fc.integer({ min: 1, max: 900 }),
        async (value, around, limit) => {
          const quiet = around.replaceAll(/[ab\n]/g, '.');
          const output = await mask(entriesOf(`${quiet}${value}${quiet}\n`, limit), [value]);
          expect(textOf(output)).toBe(`${quiet}***${quiet}\n`);
          expect(output).toHaveLength(entriesOf(`${quiet}${value}${quiet}\n`, limit).length);
        },
      ),
      { numRuns: 100 },
    );
  });
});
