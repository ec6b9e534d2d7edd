import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../paths.ts';

interface TemporalSetup {
  ensureTemporal(log: (line: string) => void): Promise<string>;
}

/**
 * The path of the `temporal` program: the one on PATH, else a cached one, which is fetched if need be. The set-up, which
 * runs before anything is built, does the same with the same code.
 */
export async function findTemporalBinary(): Promise<string> {
  const module = pathToFileURL(join(packageRoot, 'scripts', 'lib', 'temporal.mjs')).href;
  const setup = (await import(module)) as TemporalSetup;
  return setup.ensureTemporal((line) => process.stderr.write(`${line}\n`));
}
