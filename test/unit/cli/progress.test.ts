import { expect, test } from 'vitest';
import { progressLine, withProgress } from '../../../cli/output/progress.ts';
import { formatBytes } from '../../../core/bytes.ts';

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KB'],
  [1536, '1.5 KB'],
  [1024 * 1024 - 1, '1.0 MB'],
  [256 * 1024 * 1024, '256.0 MB'],
  [50_000_000_000, '46.6 GB'],
  [2 ** 60, '1048576.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('the bar says how far it is and how fast', () => {
  const megabyte = 1024 * 1024;
  expect([0, 25, 50, 100].map((done) => progressLine(done * megabyte, 100 * megabyte, 2))).toMatchInlineSnapshot(`
    [
      "[>                       ] 0 % of 100.0 MB, 0 bytes/s",
      "[======>                 ] 25 % of 100.0 MB, 12.5 MB/s",
      "[============>           ] 50 % of 100.0 MB, 25.0 MB/s",
      "[========================] 100 % of 100.0 MB, 50.0 MB/s",
    ]
  `);
  expect(progressLine(3 * megabyte, undefined, 2)).toBe('3.0 MB, 1.5 MB/s');
});

async function shown(screen: { isTTY?: boolean }, total: number | undefined): Promise<string> {
  let [text, time] = ['', 0];
  const bytes = (async function* () {
    for (let chunk = 0; chunk < 4; chunk += 1) {
      time += 60;
      yield Buffer.alloc(2 * 1024 * 1024);
    }
  })();
  let count = 0;
  const writing = { ...screen, write: (more: string) => (text += more) };
  for await (const chunk of withProgress(bytes, total, writing, () => time)) count += chunk.length;
  expect(count).toBe(8 * 1024 * 1024);
  return text;
}

test('a terminal is drawn on now and then, and left clean', async () => {
  const text = await shown({ isTTY: true }, 8 * 1024 * 1024);
  expect(text.match(/%/g)).toHaveLength(2);
  expect(text).toContain('50 % of 8.0 MB');
  expect(text.endsWith('\r\x1b[K')).toBe(true);
});

test('nothing is shown elsewhere, nor of what is small', async () => {
  expect(await shown({}, 8 * 1024 * 1024)).toBe('');
  expect(await shown({ isTTY: true }, 1000)).toBe('');
});
