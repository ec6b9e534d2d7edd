import { readFileSync } from 'node:fs';

/** What completion has to know of a command; `oclif.manifest.json` knows more. */
export interface CommandInfo {
  readonly id: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly args: Readonly<Record<string, { readonly name: string }>>;
  readonly flags: Readonly<Record<string, FlagInfo>>;
}

export interface FlagInfo {
  readonly name: string;
  readonly char?: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly type: 'boolean' | 'option';
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
  readonly options?: readonly string[];
}

export type Manifest = Readonly<Record<string, CommandInfo>>;

/** Reading it takes a few milliseconds, which loading the commands would not. */
export function readManifest(): Manifest {
  const file = new URL('../../../oclif.manifest.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { commands: Manifest }).commands;
}
