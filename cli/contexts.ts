import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError, EXIT } from './errors.ts';
import { suggest } from './suggest.ts';

/** A server under a name, with what is needed to use it. The keys are those of the configuration. */
export interface Context {
  readonly api_base_url: string;
  readonly token?: string;
  readonly namespace?: string;
  readonly insecure_skip_tls_verify?: boolean;
}

/** All named servers, and which of them is used if none is named. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** `gofer login` and `gofer context` write this file; it is nobody else's. */
export function contextsFile(home: string): string {
  return join(home, '.config', 'gofer', 'contexts.json');
}

/** @throws CommandError if the file is there but cannot be understood */
export function readContexts(home: string): Contexts {
  const file = contextsFile(home);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { contexts: {} };
  }
  try {
    const { current, contexts } = JSON.parse(text) as Partial<Contexts>;
    if (typeof contexts === 'object') return { contexts, ...(typeof current === 'string' && { current }) };
  } catch {
    // The same as a file that is JSON of something else.
  }
  throw new CommandError(`${file} cannot be read`, EXIT.usage, ['delete it, and log in again: gofer login URL']);
}

/** Nobody but its owner may read the file, since it has tokens in it; nobody ever sees a part of it. */
export async function writeContexts(home: string, contexts: Contexts): Promise<void> {
  const file = contextsFile(home);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID().slice(0, 8)}`;
  await writeFile(draft, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

/** @throws CommandError that names those there are */
export function findContext({ contexts }: Contexts, name: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found) return found;
  const near = suggest(name, Object.keys(contexts)).map((known) => `did you mean: ${known}`);
  throw new CommandError(`there is no context '${name}'`, EXIT.notFound, [
    ...near,
    'see what there is: gofer context list',
    `or make it:        gofer login URL --name ${name}`,
  ]);
}
