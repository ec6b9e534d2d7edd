import { Args, Flags } from '@oclif/core';
import { parseDuration } from '../core/duration.ts';
import { ensureError } from '../core/errors.ts';
import { CommandError, EXIT } from './errors.ts';

/** Arguments and flags that several commands have. */
export const pipelineArg = Args.string({ required: true, description: 'id of the pipeline' });
export const runArg = Args.custom<number>({
  description: 'number of the run',
  parse: async (input) => {
    if (/^\d{1,15}$/.test(input)) return Number(input);
    throw new CommandError(`a run is named by its number, such as 7, not '${input}'`, EXIT.usage);
  },
})({ required: true });
export const taskArg = Args.string({ required: true, description: 'id of the task' });
export const namespaceArg = Args.string({ required: true, description: 'id of the namespace' });

export const variableFlag = Flags.string({
  char: 'v',
  summary: 'set an environment variable of all tasks: -v NAME=value; may be repeated',
  multiple: true,
  multipleNonGreedy: true,
  default: [],
});

export const followFlag = Flags.boolean({
  char: 'f',
  summary: "show the run's tasks and logs until it ends; the exit status is then the run's",
});

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
