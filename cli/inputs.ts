import { Args, Flags } from '@oclif/core';
import { parseDuration } from '../core/duration.ts';
import { ensureError } from '../core/errors.ts';
import { CommandError, EXIT } from './errors.ts';

/** Arguments and flags that several commands have. */
export const pipelineArg = Args.string({ required: true, description: 'id of the pipeline' });
export const runArg = numberArg('run', 'number of the run');
export const taskArg = Args.string({ required: true, description: 'id of the task' });
export const namespaceArg = Args.string({ required: true, description: 'id of the namespace' });
export const versionArg = numberArg('version', 'number of the version; 0 for the newest');
export const deploymentArg = numberArg('deployment', 'number of the deployment');
export const extensionArg = Args.string({ required: true, description: 'id of the extension' });
export const subscriptionArg = Args.string({ required: true, description: 'label of the subscription' });
export const roleArg = Args.string({ required: true, description: 'id of the role' });
export const tokenArg = Args.string({ required: true, description: 'id of the token, which is not its secret' });
export const contextArg = Args.string({ required: true, description: 'name of the context' });
export const optionalContextArg = Args.string({ description: 'name of the context' });
export const eventArg = Args.string({ required: true, description: 'id of the event' });

/** An argument that is a number which the server has counted up. */
function numberArg(what: string, description: string) {
  return Args.custom<number>({
    description,
    parse: async (input) => {
      if (/^\d{1,15}$/.test(input)) return Number(input);
      throw new CommandError(`a ${what} is named by its number, such as 7, not '${input}'`, EXIT.usage);
    },
  })({ required: true });
}

export const variableFlag = Flags.string({
  char: 'v',
  summary: 'set an environment variable of all tasks: -v NAME=value; may be repeated',
  multiple: true,
  multipleNonGreedy: true,
  default: [],
});

export const settingFlag = Flags.string({
  char: 's',
  summary: 'set a parameter: -s every=5m; may be repeated',
  multiple: true,
  multipleNonGreedy: true,
  default: [],
});

export const yesFlag = Flags.boolean({ char: 'y', default: false, summary: 'do not ask whether it is meant' });

export const followFlag = Flags.boolean({
  char: 'f',
  summary: "show the run's tasks and logs until it ends; the exit status is then the run's",
});

/** In seconds. */
export const keepFailedFlag = Flags.custom<number>({
  summary: 'keep the containers of failed tasks for so long, such as 30m, to look inside: see task shell',
  helpValue: 'DURATION',
  parse: async (input) => {
    const seconds = Math.ceil((parseDuration(input) ?? 0) / 1000);
    if (seconds >= 1 && seconds <= MAX_KEEP_SECONDS) return seconds;
    throw new CommandError(`containers cannot be kept for '${input}'`, EXIT.usage, [
      'write it like 30m or 2h; a week (168h) is the most',
    ]);
  },
})();
const MAX_KEEP_SECONDS = 7 * 24 * 3600;

/** A time, or how long ago it was, in milliseconds since the epoch. */
export const sinceFlag = Flags.custom<number>({
  summary: 'leave out what was printed before: a time such as 2026-03-01T12:00:00Z, or how long ago, such as 10m',
  parse: async (input) => {
    const ago = parseDuration(input);
    const time = ago === undefined ? Date.parse(input) : Date.now() - ago;
    if (!Number.isNaN(time)) return Math.max(0, Math.floor(time));
    throw new CommandError(`'${input}' is no time`, EXIT.usage, ['write it like 10m, 1h30m or 2026-03-01T12:00:00Z']);
  },
})();

export const patternFlag = Flags.custom<RegExp>({
  summary: 'only lines that match this regular expression',
  parse: async (input) => {
    try {
      return new RegExp(input);
    } catch (error) {
      throw new CommandError(ensureError(error).message, EXIT.usage);
    }
  },
})();

/**
 * Splits `KEY=VALUE` arguments at the first `=`. Later duplicates win.
 *
 * @param what they are, for example `a setting`
 * @param example how to write one, for example `-s every=5m`
 */
export function parsePairs(pairs: readonly string[], what: string, example: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CommandError(`'${pair}' is not ${what}`, EXIT.usage, [`write it like this: ${example}`]);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
