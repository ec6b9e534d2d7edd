import { buffer } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { CommandError, EXIT } from './errors.ts';
import { ask } from './prompt.ts';

/** Where the value of a secret comes from; nobody has to write it on the command line, where others can read it. */
export const valueArg = Args.string({
  // Or oclif would take what is piped in for this argument.
  ignoreStdin: true,
  description: '- reads the value from standard input, as @ does; without it you are asked',
});
export const valueFlags = {
  value: Flags.string({ summary: 'the value itself; others see it in the list of processes and in your history' }),
  raw: Flags.boolean({ default: false, summary: 'keep the line break at the end of standard input' }),
};
export const keyArg = Args.string({ required: true, ignoreStdin: true, description: 'key of the secret' });
export const forceFlag = Flags.boolean({
  char: 'f',
  default: false,
  summary: 'replace a secret that is there already',
});
export const includeSecretFlag = Flags.boolean({
  char: 'i',
  default: false,
  summary: 'show the value; this is recorded',
});

/** What is shown in place of a value that was not asked for. */
export const REDACTED = '[Redacted]';

/** The identifiers that pipelines can refer to in every Gofer; others work with this server. */
const PORTABLE_KEY = /^[A-Za-z0-9-]{3,32}$/;

/** What to tell about a key that other clients would refuse. */
export function keyWarning(key: string): readonly string[] {
  return PORTABLE_KEY.test(key)
    ? []
    : [`the original's command line refuses such keys: 3 to 32 of A-Z, a-z, 0-9 and -`];
}

/** Reads the value of a secret from where the arguments say. */
export async function readValue(
  source: string | undefined,
  { value, raw }: { readonly value?: string | undefined; readonly raw: boolean },
): Promise<string> {
  if (source !== undefined && source !== '-' && source !== '@') {
    throw new CommandError('a value on the command line can be read by others', EXIT.usage, [
      'give - to read it from standard input, nothing to be asked for it, or insist with --value',
    ]);
  }
  if (value !== undefined && source !== undefined) {
    throw new CommandError('the value can come from --value or from standard input, not from both', EXIT.usage);
  }
  if (value !== undefined) return value;
  if (source !== undefined) {
    const input = decode(await buffer(process.stdin));
    return raw ? input : input.replace(/\r?\n$/, '');
  }
  if (!process.stdin.isTTY) {
    throw new CommandError('there is no terminal to ask for the value', EXIT.usage, ['give - to read standard input']);
  }
  return ask('Value: ', { hidden: true });
}

/** A secret is a text; what is none would not be the same when it comes back. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CommandError('the value is not UTF-8', EXIT.usage, ['encode it first, for example with base64']);
  }
}
