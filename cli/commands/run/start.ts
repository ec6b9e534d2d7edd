import { followFlag, pipelineArg, variableFlag } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class RunStart extends RunCommand<typeof RunStart> {
  static override summary = 'start a run of a pipeline';
  static override examples = [
    '<%= config.bin %> run start nightly',
    '<%= config.bin %> run start nightly --variable BRANCH=main --follow',
  ];
  static override args = { pipeline: pipelineArg };
  static override flags = { variable: variableFlag, follow: followFlag };

  async run() {
    return this.startRun(this.args.pipeline, this.flags.variable, this.flags.follow);
  }
}
