import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../backends/scheduler/contract.ts';
import { demultiplex, fixedTimestamp, LogStreamError } from '../../../../backends/scheduler/docker/demultiplex.ts';

function frame(type: number, payload: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

async function read(chunks: readonly Uint8Array[]): Promise<LogEntry[]> {
  const source = (async function* () {
    yield* chunks;
  })();
  const entries: LogEntry[] = [];
  for await (const entry of demultiplex(source)) entries.push({ ...entry, data: Buffer.from(entry.data) });
  return entries;
}

const FIRST = '2026-01-02T03:04:05.000000006Z';
const bytes = Buffer.concat([
  frame(1, `${FIRST} hé llo\n`),
  frame(2, `${FIRST} \n`),
  frame(1, `${FIRST} no newline`),
  frame(1, `${FIRST} `),
]);
const entries = [
  { stream: 'stdout', timestamp: FIRST, data: Buffer.from('hé llo\n') },
  { stream: 'stderr', timestamp: FIRST, data: Buffer.from('\n') },
  { stream: 'stdout', timestamp: FIRST, data: Buffer.from('no newline') },
  { stream: 'stdout', timestamp: FIRST, data: Buffer.alloc(0) },
];

describe('demultiplex', () => {
  it('takes frames apart wherever the bytes are cut', async () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(entries);
    }
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(entries);
  });

  it('reports a stream that stops within a frame', async () => {
    await expect(read([bytes.subarray(0, bytes.length - 1)])).rejects.toThrow('cut off');
    await expect(read([bytes.subarray(0, 4)])).rejects.toThrow('cut off');
  });

  it('throws what the engine says about itself, and frames that make no sense', async () => {
    await expect(read([frame(3, 'log file is damaged\n')])).rejects.toThrow(new LogStreamError('log file is damaged'));
    await expect(read([frame(9, `${FIRST} x\n`)])).rejects.toThrow(LogStreamError);
    await expect(read([frame(1, 'no timestamp\n')])).rejects.toThrow(LogStreamError);
  });

  it('asks for bytes only when it is asked for entries', async () => {
    let given = 0;
    const source = (async function* () {
      for (;;) {
        given += 1;
        yield frame(1, `${FIRST} line ${given}\n`);
      }
    })();
    const log = demultiplex(source)[Symbol.asyncIterator]();
    await log.next();
    await log.next();
    expect(given).toBe(2);
  });
});

describe('fixedTimestamp', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-02T03:04:05.12Z', '2026-01-02T03:04:05.120000000Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05+02:00', undefined],
    ['yesterday', undefined],
  ])('%s', (text, expected) => expect(fixedTimestamp(text)).toBe(expected));
});
