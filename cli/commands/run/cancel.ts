import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';

export default class RunCancel extends BaseCommand<typeof RunCancel> {
  static override summary = 'cancel a run and stop its containers';
  static override examples = ['<%= config.bin %> run cancel nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline, run } = this.args;
    await gofer.runs.cancel(this.runRef(pipeline, run));
    this.printSuccess(
      `Asked run #${run} of pipeline '${pipeline}' to stop`,
      `watch it: gofer run follow ${pipeline} ${run}`,
    );
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, run_id: run });
  }
}
