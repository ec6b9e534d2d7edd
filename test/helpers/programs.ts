import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../runtime/paths.ts';

/** A `gofer` process that a test started. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves with its exit code, or -1 if a signal ended it. */
  readonly exited: Promise<number>;
  /** What it has printed so far. */
  readonly output: { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): Promise<number>;
}

export const GOFER = join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js');

/** Starts `gofer` with these arguments. */
export function startProgram(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', GOFER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1));
  return {
    child,
    exited,
    output,
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs `gofer` to its end. */
export async function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = startProgram(args, env);
  const code = await program.exited;
  return { code, ...program.output };
}

/** Resolves with the first line that the program prints on the stream and that contains the text. */
export async function untilPrinted(program: Program, stream: 'stdout' | 'stderr', text: string): Promise<string> {
  const ended = program.exited.then((code) => {
    throw new Error(`gofer ended with ${code} before it printed '${text}':\n${program.output.stderr}`);
  });
  const source = program.child[stream];
  if (!source) throw new Error(`the program has no ${stream}`);
  const printed = (async () => {
    for await (const line of createInterface(source)) if (line.includes(text)) return line;
    return ended;
  })();
  return Promise.race([printed, ended]);
}
