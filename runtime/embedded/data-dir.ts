import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ErrorKind, GoferError } from '../../core/errors.ts';

/** The folder in which an embedded stack keeps everything. */
export interface DataDir {
  readonly path: string;
  /** Lets another stack use the folder. */
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process, creating it if need be.
 *
 * @throws GoferError `conflict` if another process uses it
 */
export async function takeDataDir(path: string): Promise<DataDir> {
  await mkdir(path, { recursive: true });
  const lock = join(path, 'service.pid');
  const holder = Number(await readIfThere(lock));
  if (holder && holder !== process.pid && isAlive(holder)) {
    throw new GoferError(ErrorKind.Conflict, `${path} is in use by process ${holder}; choose another with --data-dir`);
  }
  await writeFile(lock, String(process.pid));
  return { path, release: () => rm(lock, { force: true }) };
}

/** The text of a private file, which is made with `create` if it is missing. */
export async function privateFile(path: string, create: () => string): Promise<string> {
  const present = await readIfThere(path);
  if (present !== undefined) return present;
  const text = create();
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return text;
}

/** 32 random bytes as text. */
export function randomKey(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Tells the CLI of this user where this stack is and where its token lies, unless it knows of another one that runs.
 * Returns how to take that back.
 */
export async function writePointer(apiUrl: string, tokenFile: string): Promise<() => Promise<void>> {
  const file = pointerFile();
  if (await belongsToAnother(file)) return async () => undefined;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ api_base_url: apiUrl, token_file: tokenFile, pid: process.pid }));
  return () => rm(file, { force: true });
}

async function belongsToAnother(file: string): Promise<boolean> {
  const text = await readIfThere(file);
  if (text === undefined) return false;
  const { pid } = JSON.parse(text) as { pid?: number };
  return pid !== undefined && pid !== process.pid && isAlive(pid);
}

function pointerFile(): string {
  return join(process.env['HOME'] ?? homedir(), '.config', 'gofer', 'local.json');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
