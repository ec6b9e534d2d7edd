import { oneLine } from '../output/table.ts';
import { readManifest, readTopics } from './manifest.ts';
import { findValues } from './values.ts';
import { type Candidate, findWanted } from './wanted.ts';

/** What the scripts of the shells call: prints candidates, or nothing at all if anything goes wrong. */
export async function main([shell = '', ...typed]: readonly string[]): Promise<void> {
  try {
    const words = shell === 'bash' ? joinAssignments(typed) : typed;
    for (const line of await suggestions(shell, words)) process.stdout.write(`${line}\n`);
  } catch {
    // Somebody is typing: an error would only get in between.
  }
  // A server that has not answered in time would keep the process alive.
  process.exit(0);
}

async function suggestions(shell: string, words: readonly string[]): Promise<string[]> {
  const wanted = findWanted(words, readManifest(), readTopics());
  if (wanted.kind === 'files') return [':files'];
  const last = words.at(-1) ?? '';
  const [, flag = '', begun = ''] = /^(--[\w-]+=)?(.*)$/s.exec(last) ?? [];
  // Bash takes what is behind the equals sign for the word, the others all of it.
  const prefix = shell === 'bash' ? '' : flag;
  const candidates = wanted.kind === 'words' ? wanted.candidates : await findValues(wanted);
  return candidates
    .filter(({ value }) => value.startsWith(begun))
    .map(({ value, description }: Candidate) => [`${prefix}${value}`, oneLine(description ?? '')].join('\t').trimEnd());
}

/** Bash makes three words of `--flag=value`. */
export function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = joined.at(-1);
    const continues = word === '=' || (words[index - 1] === '=' && before?.endsWith('='));
    if (continues && before?.startsWith('--')) joined[joined.length - 1] = before + word;
    else joined.push(word);
  }
  return joined;
}
