import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError, EXIT } from './errors.ts';

/** Whether there is somebody who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * One line from the terminal, which with `hidden` does not show what is typed.
 *
 * @throws CommandError if the answer is Ctrl-C or Ctrl-D
 */
export async function ask(question: string, { hidden = false }: { readonly hidden?: boolean } = {}): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = hidden ? silence : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  if (hidden) process.stderr.write(question);
  lines.setPrompt(question);
  lines.prompt();
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      const giveUp = () => reject(new CommandError('no answer was given', EXIT.interrupted));
      lines.once('SIGINT', giveUp);
      lines.once('close', giveUp);
    });
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}

/** A question that only `y` or `yes` answers with yes. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}

/**
 * Asks whether something that cannot be undone is meant. Scripts are not asked.
 *
 * @throws CommandError if it is not
 */
export async function requireConfirmation(question: string, yes: boolean): Promise<void> {
  if (yes || !canAsk() || (await confirm(question))) return;
  throw new CommandError('nothing was done', EXIT.failed);
}
