import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Why a command of a document is not executed here. Nothing else counts as a reason. */
export const REASONS: Readonly<Record<string, string>> = {
  compose: 'needs a whole installation, such as that of docker-compose.yml, whose images come from a registry',
  stays: 'starts something that stays, or takes minutes; scripts/demo.mjs and other tests do the same',
  checkout: 'changes the checkout that it is run in',
  machine: 'installs something on the machine',
  terminal: 'needs a terminal; tests of those commands give them one',
  image: 'needs an image that is built first; the test of the SDK for extensions does that',
  container: 'runs inside the container of a task; the examples do the same and are tested',
};

/** A block of a document that a reader is to type. Words behind its language say more: `exit=1`, `skip=<reason>`. */
export interface Block {
  readonly line: number;
  readonly language: string;
  readonly words: Readonly<Record<string, string>>;
  readonly text: string;
}

/** All fenced blocks of a document. */
export function blocksOf(path: string): Block[] {
  const document = readFileSync(path, 'utf8');
  return [...document.matchAll(/^```(\w+)(.*)\n([^]*?)^```$/gm)].map((match) => {
    const [, language = '', info = '', text = ''] = match;
    const words = info.trim().split(/\s+/).filter(Boolean);
    return {
      line: document.slice(0, match.index).split('\n').length,
      language,
      words: Object.fromEntries(words.map((word) => [word.split('=')[0] ?? word, word.split('=')[1] ?? ''])),
      text,
    };
  });
}

export const isTyped = ({ language }: Block): boolean => ['sh', 'bash', 'console'].includes(language);

/** One thing that is executed: a block of commands, or one command of a `console` block with what it is said to print. */
export interface Step {
  readonly line: number;
  readonly command: string;
  readonly shown: readonly string[];
  readonly exit: number;
}

/** What is executed of a document, in order. */
export function stepsOf(blocks: readonly Block[]): Step[] {
  return blocks
    .filter((block) => isTyped(block) && !('skip' in block.words))
    .flatMap(({ line, language, words, text }) => {
      const exit = Number(words['exit'] ?? 0);
      if (language !== 'console') return [{ line, command: text, shown: [], exit }];
      const [, ...commands] = text.split(/^\$ /m);
      return commands.map((command) => {
        const lines = command.split('\n').filter(Boolean);
        const last = lines.findIndex((it) => !it.endsWith('\\'));
        return { line, command: lines.slice(0, last + 1).join('\n'), shown: lines.slice(last + 1), exit };
      });
    });
}

export interface Outcome {
  /** Undefined if an earlier step ended the shell. */
  readonly exit: number | undefined;
  readonly output: string;
}

/** Executes the steps in one shell, as a reader would who goes through the document. */
export async function execute(steps: readonly Step[], folder: string, env: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const script = steps.map(
    (_, index) => `. ./.step-${index}.sh > .out-${index} 2>&1; echo $? > .exit-${index}; set +e`,
  );
  for (const [index, { command, exit }] of steps.entries()) {
    await writeFile(join(folder, `.step-${index}.sh`), `${exit === 0 ? 'set -e -o pipefail' : ''}\n${command}`);
  }
  const shell = spawn('bash', ['-c', script.join('\n')], { cwd: folder, env, stdio: 'ignore' });
  await new Promise((resolve) => shell.once('close', resolve));
  return Promise.all(
    steps.map(async (_, index) => {
      const code = await readFile(join(folder, `.exit-${index}`), 'utf8').catch(() => '');
      const output = await readFile(join(folder, `.out-${index}`), 'utf8').catch(() => '');
      return { exit: code === '' ? undefined : Number(code), output };
    }),
  );
}

/** A line without what is different every time: numbers, times, ids, and how wide columns are. */
export function essence(line: string): string {
  return line
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '#')
    .replaceAll(/\d+(\.\d+)?/g, '#')
    .replaceAll(/# (ms|secs?|mins?|hrs?|hours?|minutes?|seconds?|days?)(, # (ms|secs?|mins?|hrs?))*/g, '# s')
    .replaceAll(/[\s─|-]+/g, ' ')
    .trim();
}
