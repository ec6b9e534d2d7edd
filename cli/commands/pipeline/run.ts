import { followFlag, pipelineArg, variableFlag } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class PipelineRun extends RunCommand<typeof PipelineRun> {
  static override summary = 'start a run of a pipeline, like run start';
  static override examples = ['<%= config.bin %> pipeline run nightly --follow'];
  static override args = { pipeline: pipelineArg };
  static override flags = { variable: variableFlag, follow: followFlag };

  async run() {
    return this.startRun(this.args.pipeline, this.flags.variable, this.flags.follow);
  }
}
