import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../../backends/logs/contract.ts';
import type { LogEntry } from '../../../../backends/scheduler/contract.ts';
import { encodeEntries } from '../../../../services/logs/format.ts';
import { LineReader } from '../../../../services/logs/line-reader.ts';
import { BEGINNING, parsePosition, type Places } from '../../../../services/logs/places.ts';

const time = (nanoseconds: number) => `2026-01-02T03:04:05.${String(nanoseconds).padStart(9, '0')}Z`;

function entry(at: number, data: string | Uint8Array, stream: LogEntry['stream'] = 'stdout'): LogEntry {
  return { stream, timestamp: time(at), data: Buffer.from(data) };
}

/** Reads an encoded log from a place on, in chunks of the given sizes, over and over. */
function read(log: Buffer, places: Places = BEGINNING, sizes: readonly number[] = [log.length || 1]): LogLine[] {
  const reader = new LineReader(1, places);
  const lines: LogLine[] = [];
  for (let chunk = 0; reader.offset < log.length; chunk++) {
    const size = sizes[chunk % sizes.length] ?? 1;
    lines.push(...reader.push(log.subarray(reader.offset, reader.offset + size)));
  }
  return [...lines, ...reader.rest()];
}

const shown = (lines: readonly LogLine[]) =>
  lines.map(({ stream, timestamp, text, terminated }) => [stream, timestamp, text, terminated]);

const anyEntry = fc.record({
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  timestamp: fc.nat(999).map(time),
  data: fc
    .tuple(fc.uint8Array({ maxLength: 12 }), fc.boolean())
    .map(([bytes, ends]) => Buffer.from([...bytes, ...(ends || bytes.length === 0 ? [0x0a] : [])])),
});

describe('lines', () => {
  it('come back as they were written, each with its stream and time', () => {
    const { data, lines } = encodeEntries([
      entry(1, 'one\n'),
      entry(1, '\n', 'stderr'),
      entry(2, 'GOFER_EOF\n'),
      entry(3, Uint8Array.of(0x66, 0xff, 0x0a)),
      entry(4, 'never ended'),
    ]);
    expect(lines).toBe(4);
    expect(shown(read(data))).toEqual([
      ['stdout', time(1), 'one', true],
      ['stderr', time(1), '', true],
      ['stdout', time(2), 'GOFER_EOF', true],
      ['stdout', time(3), 'f\ufffd', true],
      ['stdout', time(4), 'never ended', false],
    ]);
  });

  it('are joined from their parts, characters cut in half included, even when the other stream interrupts', () => {
    const euro = Buffer.from('€');
    const { data } = encodeEntries([
      entry(1, Buffer.concat([Buffer.from('a'), euro.subarray(0, 1)])),
      entry(2, 'other\n', 'stderr'),
      entry(3, Buffer.concat([euro.subarray(1), Buffer.from('z\n')])),
    ]);
    expect(shown(read(data))).toEqual([
      ['stderr', time(2), 'other', true],
      ['stdout', time(1), 'a€z', true],
    ]);
  });

  it('are those of an entry that has newlines within', () => {
    const { data, lines } = encodeEntries([entry(1, 'a\nb\n\nc')]);
    expect(lines).toBe(3);
    expect(read(data).map(({ text }) => text)).toEqual(['a', 'b', '', 'c']);
  });

  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (entries, sizes) => {
        const { data } = encodeEntries(entries);
        expect(read(data, BEGINNING, sizes)).toEqual(read(data));
      }),
    );
  });

  it('come in the order and with the bytes of the entries, stream by stream', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const lines = read(encodeEntries(entries).data);
        for (const stream of ['stdout', 'stderr'] as const) {
          const printed = Buffer.concat(entries.filter((each) => each.stream === stream).map(({ data }) => data));
          const read = lines.filter((each) => each.stream === stream);
          expect(read.map(({ text, terminated }) => `${text}${terminated ? '\n' : ''}`).join('')).toBe(
            printed.toString(),
          );
        }
      }),
    );
  });
});

describe('a position', () => {
  /** What is read behind each line of a log. */
  const restsOf = (log: Buffer) => read(log).map(({ position }) => read(log, parsePosition(position).places));
  /** And what should be. */
  const restsIn = (lines: readonly LogLine[]) => lines.map((_, index) => lines.slice(index + 1));

  it('leads to what follows its line, nothing left out and nothing twice, whatever is unfinished there', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const { data } = encodeEntries(entries);
        expect(restsOf(data)).toEqual(restsIn(read(data)));
      }),
    );
  });

  it('does so within an overlong line, which comes in pieces of whole characters', () => {
    const text = `x${'€uro'.repeat(500_000)}`;
    const bytes = Buffer.from(`${text}\n`);
    const parts = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index) =>
      entry(index, bytes.subarray(index * 16_384, (index + 1) * 16_384)),
    );
    const entries = parts.flatMap((part, index) =>
      index % 3 === 0 ? [part, entry(index, `${index}${index % 2 === 0 ? '\n' : ' '}`, 'stderr')] : [part],
    );
    const { data } = encodeEntries(entries);
    expect(restsOf(data)).toEqual(restsIn(read(data)));
    const lines = read(data).filter(({ stream }) => stream === 'stdout');
    expect(lines.map(({ terminated }) => terminated)).toEqual([false, false, true]);
    expect(lines.map((line) => line.text).join('')).toBe(text);
  });

  it.each(['', '1', '1:', '0', ':5', '1:5:6:7', '1:-5', 'x:1', '1:5.', '1:99999999999999999'])('is not %j', (text) => {
    expect(() => parsePosition(text)).toThrow('there is no such place in a log');
  });
});
