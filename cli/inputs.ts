import { Args, Flags } from '@oclif/core';
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
