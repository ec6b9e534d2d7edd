import { followFlag, keepFailedFlag, pipelineArg, variableFlag } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class RunStart extends RunCommand<typeof RunStart> {
  static override summary = 'start a run of a pipeline';
  static override description =
    'With --follow, a terminal shows the tasks as they go, and Ctrl-C asks whether to leave the run or to cancel it; elsewhere what happens is printed line by line. The exit status is then 0 if the run was successful, and 1 if it failed or was cancelled.';
  static override examples = [
    '<%= config.bin %> run start nightly',
    '<%= config.bin %> run start nightly --variable BRANCH=main --follow',
    '<%= config.bin %> run start nightly --keep-failed 1h',
  ];
  static override args = { pipeline: pipelineArg };
  static override flags = { variable: variableFlag, follow: followFlag, 'keep-failed': keepFailedFlag };

  async run() {
    const { variable, follow, 'keep-failed': keepFailed } = this.flags;
    return this.startRun(this.args.pipeline, variable, follow, { keepFailed });
  }
}
