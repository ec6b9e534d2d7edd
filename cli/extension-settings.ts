import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { Flags } from '@oclif/core';
import { ensureError } from '../core/errors.ts';
import type { RegistryAuth } from '../sdk/wire.ts';
import { CommandError, EXIT } from './errors.ts';
import { parsePairs } from './inputs.ts';
import { ask, canAsk } from './prompt.ts';

/** Flags for what an extension is installed with. Nobody has to write a secret on the command line. */
export const extensionFlags = {
  config: Flags.string({
    char: 'c',
    summary: 'set a setting: -c KEY=value; may be repeated. Others see it in the list of processes',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'KEY=VALUE',
    default: [],
  }),
  'config-file': Flags.string({
    helpValue: 'FILE',
    summary: 'read settings from a file with lines like KEY=value; - for standard input',
  }),
  interactive: Flags.boolean({ char: 'i', default: false, summary: 'ask for settings; secret ones without echo' }),
  'additional-roles': Flags.string({
    char: 'a',
    helpValue: 'ROLE',
    summary: 'a role that the token of the extension has besides its own; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'registry-user': Flags.string({
    helpValue: 'NAME',
    summary: 'user for the registry of the image; you are asked for the password',
  }),
  'registry-pass': Flags.string({
    helpValue: '-',
    dependsOn: ['registry-user'],
    summary: '- reads the password from standard input; the password itself can be read by others',
  }),
};

interface SettingFlags {
  readonly config: readonly string[];
  readonly 'config-file'?: string | undefined;
  readonly interactive: boolean;
}

interface RegistryFlags {
  readonly 'registry-user'?: string | undefined;
  readonly 'registry-pass'?: string | undefined;
}

/** All settings that flags, a file and answers give, later ones winning in this order: file, flags, answers. */
export async function readSettings(flags: SettingFlags): Promise<Record<string, string>> {
  const given = parsePairs(flags.config, 'a setting', '-c KEY=value');
  const fromFile = flags['config-file'] === undefined ? {} : await readSettingsFile(flags['config-file']);
  return { ...fromFile, ...given, ...(flags.interactive ? await askForSettings() : {}) };
}

/** @throws CommandError if standard input is wanted for two things */
export function checkInputs(flags: SettingFlags & RegistryFlags): void {
  const wanted = [flags['config-file'], flags['registry-pass']].filter((source) => source === '-');
  const asked = flags.interactive && wanted.length > 0;
  if (wanted.length < 2 && !asked) return;
  throw new CommandError('standard input cannot be used for two things', EXIT.usage);
}

async function readSettingsFile(file: string): Promise<Record<string, string>> {
  const lines = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: unknown) => {
    throw new CommandError(`cannot read ${file}: ${ensureError(error).message}`, EXIT.usage);
  });
  return Object.fromEntries(Object.entries(parseEnv(lines)).map(([key, value]) => [key, value ?? '']));
}

async function askForSettings(): Promise<Record<string, string>> {
  if (!canAsk()) {
    throw new CommandError('there is no terminal to ask for settings', EXIT.usage, ['give them: -c KEY=value']);
  }
  const settings: Record<string, string> = {};
  for (;;) {
    const key = (await ask('Setting (nothing to end): ')).trim();
    if (key === '') return settings;
    settings[key] = await ask(`${key}: `, { hidden: /secret|token|pass|key|credential|auth/i.test(key) });
  }
}

/** How to log in to the registry of the image, if that is necessary. */
export async function readRegistryAuth(flags: RegistryFlags): Promise<RegistryAuth | undefined> {
  const { 'registry-user': user, 'registry-pass': given } = flags;
  if (user === undefined) return undefined;
  if (given === '-') return { user, pass: (await text(process.stdin)).replace(/\r?\n$/, '') };
  if (given !== undefined) return { user, pass: given };
  if (canAsk()) return { user, pass: await ask(`Password of ${user}: `, { hidden: true }) };
  throw new CommandError('there is no terminal to ask for the password', EXIT.usage, [
    'read it from standard input: --registry-pass -',
  ]);
}
