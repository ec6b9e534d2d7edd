import { pipelineArg, runArg } from '../../inputs.ts';
import { RunCommand } from '../../run-command.ts';

export default class RunFollow extends RunCommand<typeof RunFollow> {
  static override summary = "show a run's tasks and logs until it ends";
  static override description =
    'On a terminal the tasks are drawn as they go, with what they wait for and the last lines of their logs, and Ctrl-C asks whether to leave the run or to cancel it; elsewhere what happens is printed line by line. The exit status is 0 if the run was successful, and 1 if it failed or was cancelled.';
  static override examples = ['<%= config.bin %> run follow nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    return this.follow(await this.connect(), this.runRef(this.args.pipeline, this.args.run));
  }
}
