import type { Command } from '@oclif/core';
import type { TaskRef } from '../core/ids.ts';
import type { TerminalSession } from '../sdk/client.ts';
import { BaseCommand } from './base-command.ts';
import { CommandError, EXIT } from './errors.ts';
import { terminalSize } from './output/terminal-size.ts';

/** Ctrl-], as telnet has it: no shell and no editor wants it. */
const LEAVE = 0x1d;
const END_OF_INPUT = new Uint8Array([0x04]);

/** Commands that put a terminal in a task's container in front of the user. */
export abstract class TerminalCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Hands the terminal over until the command in the container has ended. The exit status becomes the command's. */
  protected async openTerminal(ref: TaskRef, command: string): Promise<void> {
    if (this.jsonEnabled()) throw new CommandError('a terminal is no JSON', EXIT.usage);
    const gofer = await this.connect();
    const session = await gofer.openTerminal(ref, command);
    if (process.stdin.isTTY) process.stderr.write(`${this.paint('gray', 'Ctrl-] leaves')}\r\n`);
    const release = passOn(session);
    try {
      for await (const bytes of session.output) process.stdout.write(bytes);
    } finally {
      release();
      session.close();
    }
    process.exitCode = session.exitCode ?? EXIT.ok;
  }
}

/** Sends what is typed or piped in, and the size of the terminal. Returns how to stop that. */
function passOn(session: TerminalSession): () => void {
  const { stdin, stdout } = process;
  const onData = (bytes: Buffer): void => {
    const leave = stdin.isTTY ? bytes.indexOf(LEAVE) : -1;
    session.type(leave < 0 ? bytes : bytes.subarray(0, leave));
    if (leave >= 0) session.close();
  };
  const onEnd = (): void => session.type(END_OF_INPUT);
  const onResize = (): void => session.resize(terminalSize(stdout));
  if (stdin.isTTY) stdin.setRawMode(true);
  else stdin.once('end', onEnd);
  if (stdout.isTTY) {
    stdout.on('resize', onResize);
    onResize();
  }
  stdin.on('data', onData);
  return () => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdout.off('resize', onResize);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    // A pipe whose writer stays would keep the program from ending.
    stdin.unref?.();
  };
}
