import { expect, test } from 'vitest';
import { textLines } from '../../../cli/follow/text-lines.ts';

async function linesOf(...pieces: string[]): Promise<string[]> {
  async function* given() {
    yield* pieces;
  }
  const lines: string[] = [];
  for await (const line of textLines(given())) lines.push(line);
  return lines;
}

test('lines are whole, whatever the pieces', async () => {
  expect(await linesOf('one\ntw', 'o\r', '\n\nth', 'ree')).toEqual(['one', 'two', '', 'three']);
  expect(await linesOf()).toEqual([]);
  expect(await linesOf('one\n')).toEqual(['one']);
});
