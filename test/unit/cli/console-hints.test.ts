import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const HINT = /\bgofer ((?:[a-z]+ )*[a-z]+)|gofer\('([a-z ]+)'/g;

/** Whether some words, or those they begin with, are a command. */
async function isCommand(words: readonly string[]): Promise<boolean> {
  for (let count = words.length; count > 0; count -= 1) {
    const file = join(root, 'cli', 'commands', `${words.slice(0, count).join('/')}.ts`);
    if (await stat(file).catch(() => undefined)) return true;
  }
  return false;
}

test('what the pages say to type are commands', async () => {
  const hints: string[] = [];
  for await (const file of glob('console/**/*.tsx', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, typed, built] of text.matchAll(HINT)) hints.push(typed ?? built ?? '');
  }
  expect(hints.length).toBeGreaterThan(8);
  const known = await Promise.all(hints.map((hint) => isCommand(hint.split(' '))));
  expect(hints.filter((_hint, index) => !known[index])).toEqual([]);
});
