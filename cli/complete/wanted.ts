import type { CommandInfo, FlagInfo, Manifest, Topics } from './manifest.ts';

export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What may stand in place of the last word. */
export type Wanted =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'files' }
  | ValueWanted;

/** Something that the server or a file has to be asked for. */
export interface ValueWanted {
  readonly kind: 'value';
  /** The name of the argument or flag, for example `pipeline`. */
  readonly name: string;
  /** The command, as it is typed. */
  readonly command: string;
  /** The arguments before, by their names. */
  readonly args: Readonly<Record<string, string>>;
  /** The flags with values before, by their names. */
  readonly flags: Readonly<Record<string, string>>;
}

const FILES: readonly string[] = ['path', 'config', 'config-file', 'output'];

/** Finds out what is wanted from the words behind `gofer`, of which the last one is still being typed. */
export function findWanted(words: readonly string[], manifest: Manifest, topics: Topics = {}): Wanted {
  const last = words.at(-1) ?? '';
  const { path, rest } = splitCommand(words, manifest);
  const command = manifest[path.join(':')];
  const next = rest.length > 1 || last.startsWith('-') ? [] : wordsBelow(path, manifest, topics);
  if (!command) return { kind: 'words', candidates: next };
  const wanted = ofCommand(command, rest);
  if (next.length === 0) return wanted;
  return { kind: 'words', candidates: wanted.kind === 'words' ? [...next, ...wanted.candidates] : next };
}

/** The words that name a command or topic, and those behind it. The last word always is behind it. */
function splitCommand(words: readonly string[], manifest: Manifest): { path: string[]; rest: readonly string[] } {
  const ids = Object.keys(manifest);
  const path: string[] = [];
  for (const word of words.slice(0, -1)) {
    const id = [...path, word].join(':');
    if (!ids.some((known) => known === id || known.startsWith(`${id}:`))) break;
    path.push(word);
  }
  return { path, rest: words.slice(path.length) };
}

function wordsBelow(path: readonly string[], manifest: Manifest, topics: Topics): Candidate[] {
  const prefix = path.map((word) => `${word}:`).join('');
  const found = new Map<string, string | undefined>();
  for (const { id, summary, hidden } of Object.values(manifest)) {
    if (hidden || !id.startsWith(prefix)) continue;
    const [word = '', ...deeper] = id.slice(prefix.length).split(':');
    if (deeper.length === 0) found.set(word, summary);
    else if (!found.has(word)) found.set(word, topics[`${prefix}${word}`]?.description);
  }
  return [...found].map(([value, description]) => ({ value, ...(description !== undefined && { description }) }));
}

function ofCommand(command: CommandInfo, rest: readonly string[]): Wanted {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const given: Record<string, string> = {};
  const positions: string[] = [];
  let open: FlagInfo | undefined;
  let onlyArguments = false;
  for (const word of rest.slice(0, -1)) {
    if (open) {
      given[open.name] = word;
      open = undefined;
    } else if (word === '--') onlyArguments = true;
    else if (onlyArguments || !isFlag(word)) positions.push(word);
    else open = takeFlag(word, flags, given);
  }
  const last = rest.at(-1) ?? '';
  const names = Object.values(command.args).map(({ name }) => name);
  const args = Object.fromEntries(positions.slice(0, names.length).map((value, index) => [names[index] ?? '', value]));
  const context = { command: command.id.replaceAll(':', ' '), args, flags: given };
  if (open) return valueOf(open, context);
  const [, assigned] = /^--([\w-]+)=/.exec(last) ?? [];
  if (assigned !== undefined && !onlyArguments) {
    const flag = flags.find(({ name }) => name === assigned);
    return flag ? valueOf(flag, context) : { kind: 'words', candidates: [] };
  }
  if (last.startsWith('-') && !onlyArguments) return { kind: 'words', candidates: flagWords(flags, given) };
  const name = names[positions.length];
  if (name === undefined) return { kind: 'words', candidates: [] };
  return FILES.includes(name) ? { kind: 'files' } : { kind: 'value', name, ...context };
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

/** Notes down a flag that is there. Gives back the flag if its value is the next word. */
function takeFlag(word: string, flags: readonly FlagInfo[], given: Record<string, string>): FlagInfo | undefined {
  const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
  const flag = flags.find((known) => known.name === name || `-${known.char}` === word.slice(0, 2));
  if (!flag) return undefined;
  const attached = name === undefined && word.length > 2 ? word.slice(2) : value;
  if (flag.type === 'option' && attached === undefined) return flag;
  given[flag.name] = attached ?? '';
  return undefined;
}

function valueOf({ name, options }: FlagInfo, context: Pick<ValueWanted, 'command' | 'args' | 'flags'>): Wanted {
  if (options) return { kind: 'words', candidates: options.map((value) => ({ value })) };
  return FILES.includes(name) ? { kind: 'files' } : { kind: 'value', name, ...context };
}

function flagWords(flags: readonly FlagInfo[], given: Readonly<Record<string, string>>): Candidate[] {
  return flags
    .filter(({ name, multiple }) => multiple || !(name in given))
    .flatMap(({ name, summary, allowNo }) => {
      const description = summary === undefined ? {} : { description: summary };
      return [{ value: `--${name}`, ...description }, ...(allowNo ? [{ value: `--no-${name}`, ...description }] : [])];
    })
    .toSorted((one, other) => one.value.localeCompare(other.value));
}
