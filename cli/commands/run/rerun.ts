import { Flags } from '@oclif/core';
import { followFlag, keepFailedFlag, pipelineArg, runArg } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class RunRerun extends RunCommand<typeof RunRerun> {
  static override summary = 'run a complete run again, with its version and variables';
  static override examples = [
    '<%= config.bin %> run rerun nightly 7',
    '<%= config.bin %> run rerun nightly 7 --from-failed --follow',
  ];
  static override args = { pipeline: pipelineArg, run: runArg };
  static override flags = {
    'from-failed': Flags.boolean({ summary: 'keep the results of the tasks that were successful' }),
    follow: followFlag,
    'keep-failed': keepFailedFlag,
  };

  async run() {
    const { pipeline, run } = this.args;
    const gofer = await this.connect();
    const { 'from-failed': fromFailed, 'keep-failed': keepFailed } = this.flags;
    const answer = await gofer.runs.rerun(this.runRef(pipeline, run), { fromFailed, keepFailed });
    return this.showStart(gofer, pipeline, answer, this.flags.follow);
  }
}
