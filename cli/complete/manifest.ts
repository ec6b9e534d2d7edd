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

export type Topics = Readonly<Record<string, { readonly description: string }>>;
export type Manifest = Readonly<Record<string, CommandInfo>>;

/** The commands by their ids. Reading them takes a few milliseconds, which loading them would not. */
export function readManifest(): Manifest {
  return (read('oclif.manifest.json') as { commands: Manifest }).commands;
}

/** What topics are about, by their ids. */
export function readTopics(): Topics {
  return (read('package.json') as { oclif: { topics: Topics } }).oclif.topics;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'));
}
