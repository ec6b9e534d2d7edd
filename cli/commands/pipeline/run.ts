import { followFlag, keepFailedFlag, pipelineArg, variableFlag } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class PipelineRun extends RunCommand<typeof PipelineRun> {
  static override summary = 'start a run of a pipeline, like run start';
  static override examples = ['<%= config.bin %> pipeline run nightly --follow'];
  static override args = { pipeline: pipelineArg };
  static override flags = { variable: variableFlag, follow: followFlag, 'keep-failed': keepFailedFlag };

  async run() {
    const { variable, follow, 'keep-failed': keepFailed } = this.flags;
    return this.startRun(this.args.pipeline, variable, follow, { keepFailed });
  }
}
