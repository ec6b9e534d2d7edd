import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OUTPUT_FILE_VARIABLE } from '../../sdk/pipeline/finish.ts';
import { CommandError, EXIT } from '../errors.ts';
import { commandLine, type Program } from './detect.ts';

/** What a program printed. */
export interface ProgramOutput {
  /** The document: from the side channel, or else standard output. */
  readonly document: string;
  readonly stderr: string;
}

const SHOWN_ERROR_LINES = 15;
/** A program that prints more than this does not print a pipeline. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a pipeline program to its end.
 *
 * @param timeoutMs after this it is killed with all its children
 * @throws CommandError showing the last lines of its standard error and how to repeat it
 */
export async function runProgram(program: Program, timeoutMs: number): Promise<ProgramOutput> {
  const folder = await mkdtemp(join(tmpdir(), 'gofer-up-'));
  const file = join(folder, 'pipeline.json');
  try {
    const { stdout, stderr, failure } = await execute(program, file, timeoutMs);
    if (failure !== undefined) throw programError(program, failure, stderr);
    const sideChannel = await readFile(file, 'utf8').catch(() => '');
    return { document: sideChannel === '' ? stdout : sideChannel, stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** How it failed; undefined if it did not. */
  readonly failure: string | undefined;
}

function execute({ command, args, cwd }: Program, outputFile: string, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // A process group of its own: compilers and the programs they start end together.
    const child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [OUTPUT_FILE_VARIABLE]: outputFile },
    });
    let killedFor: string | undefined;
    const kill = (why: string): void => {
      killedFor ??= why;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const stdout = collect(child.stdout, () => kill('printed too much'));
    const stderr = collect(child.stderr, () => kill('printed too much'));
    const timer = setTimeout(() => kill(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    const onInterrupt = (): void => kill('was interrupted');
    process.once('SIGINT', onInterrupt);
    const cleanUp = (): void => {
      clearTimeout(timer);
      process.off('SIGINT', onInterrupt);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      cleanUp();
      const missing = error.code === 'ENOENT';
      reject(new CommandError(missing ? `'${command}' is not installed` : error.message, EXIT.failed));
    });
    child.once('close', (code, signal) => {
      cleanUp();
      const ending = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
      resolve({ stdout: stdout(), stderr: stderr(), failure: killedFor ?? (code === 0 ? undefined : ending) });
    });
  });
}

/** Reads a stream as it comes, so that the program never waits for its reader. */
function collect(stream: NodeJS.ReadableStream, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT_BYTES) onTooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function programError(program: Program, failure: string, stderr: string): CommandError {
  const lines = stderr.trim() === '' ? [] : [...stderr.trimEnd().split('\n'), ''];
  const shown = lines.slice(-SHOWN_ERROR_LINES - 1);
  const cut = lines.length > shown.length ? [`... (${lines.length - shown.length} lines before)`] : [];
  return new CommandError(`the pipeline program ${failure}`, EXIT.failed, [
    ...cut,
    ...shown,
    `repeat it: ${commandLine(program)}`,
  ]);
}
