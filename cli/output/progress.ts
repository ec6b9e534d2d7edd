import { formatBytes } from '../../core/bytes.ts';

/** Where progress is shown. */
export interface ProgressScreen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What is smaller is there before anybody could read how far it is, in bytes. */
const WORTH_SHOWING = 4 * 1024 * 1024;
const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** Passes bytes on and shows meanwhile, on a terminal, how many have passed. */
export async function* withProgress<Chunk extends Uint8Array>(
  bytes: AsyncIterable<Chunk>,
  total: number | undefined,
  screen: ProgressScreen,
  now: () => number = () => performance.now(),
): AsyncGenerator<Chunk, void, undefined> {
  const shown = screen.isTTY === true && (total === undefined || total >= WORTH_SHOWING);
  const started = now();
  let drawn = started;
  let done = 0;
  try {
    for await (const chunk of bytes) {
      done += chunk.length;
      if (shown && now() - drawn >= REDRAW_MS) {
        drawn = now();
        screen.write(`\r\x1b[K${progressLine(done, total, (drawn - started) / 1000)}`);
      }
      yield chunk;
    }
  } finally {
    if (drawn !== started) screen.write('\r\x1b[K');
  }
}

/** For example `[=======>    ] 61 % of 256.0 MB, 85.2 MB/s`. */
export function progressLine(done: number, total: number | undefined, seconds: number): string {
  const speed = `${formatBytes(done / Math.max(seconds, 0.001))}/s`;
  if (total === undefined || total === 0) return `${formatBytes(done)}, ${speed}`;
  const part = Math.min(1, done / total);
  const filled = Math.round(part * BAR_WIDTH);
  const bar = `${'='.repeat(filled)}${filled < BAR_WIDTH ? '>' : ''}`.padEnd(BAR_WIDTH);
  return `[${bar}] ${Math.floor(part * 100)} % of ${formatBytes(total)}, ${speed}`;
}
