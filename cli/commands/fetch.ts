import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { CommandError, EXIT } from '../errors.ts';

const NEXT_LEVEL = '+';

export default class Fetch extends BaseCommand<typeof Fetch> {
  static override summary = 'show a pipeline, a run or a task in few letters';
  static override description =
    'A + in the last place lists what is one level below: `fetch nightly +` its runs, `fetch nightly 7 +` the tasks of run 7. Without arguments the pipelines are listed.';
  static override examples = [
    '<%= config.bin %> fetch',
    '<%= config.bin %> fetch nightly',
    '<%= config.bin %> fetch nightly + --limit 20',
    '<%= config.bin %> fetch nightly 7 +',
    '<%= config.bin %> fetch nightly 7 report',
  ];
  static override args = {
    pipeline: Args.string({ description: 'id of the pipeline, or + to list them' }),
    run: Args.string({ description: 'number of the run, or + to list them' }),
    task: Args.string({ description: 'id of the task, or + to list them' }),
  };
  static override flags = {
    limit: Flags.integer({ char: 'l', default: 10, min: 1, summary: 'how many runs to list' }),
    offset: Flags.integer({ char: 'o', default: 0, min: 0, summary: 'how many runs to pass over' }),
    'no-reverse': Flags.boolean({ char: 'n', default: false, summary: 'oldest runs first' }),
  };

  /** What it stands for prints, and sets the exit code. */
  async run(): Promise<void> {
    const [command, ...words] = this.#meant();
    await this.config.runCommand(String(command), [...words, ...this.#globalFlags()]);
  }

  #meant(): readonly string[] {
    const { pipeline = NEXT_LEVEL, run, task } = this.args;
    if (pipeline === NEXT_LEVEL && run === undefined) return ['pipeline:list'];
    if (run === undefined) return ['pipeline:get', pipeline];
    if (run === NEXT_LEVEL && task === undefined) return ['run:list', pipeline, ...this.#page()];
    if (!/^\d+$/.test(run)) {
      throw new CommandError(`a run is named by its number, such as 7, not '${run}'`, EXIT.usage, [
        'a + is good in the last place only',
      ]);
    }
    if (task === undefined) return ['run:get', pipeline, run];
    return task === NEXT_LEVEL ? ['task:list', pipeline, run] : ['task:get', pipeline, run, task];
  }

  #page(): readonly string[] {
    const { limit, offset, 'no-reverse': oldestFirst } = this.flags;
    return [`--limit=${limit}`, `--offset=${offset}`, ...(oldestFirst ? ['--no-reverse'] : [])];
  }

  #globalFlags(): readonly string[] {
    const values: Readonly<Record<string, unknown>> = this.flags;
    return [...Object.keys(BaseCommand.baseFlags), 'json'].flatMap((name) => {
      const value = values[name];
      if (typeof value === 'string') return [`--${name}=${value}`];
      if (value === true) return [`--${name}`];
      return value === false && name !== 'json' ? [`--no-${name}`] : [];
    });
  }
}
