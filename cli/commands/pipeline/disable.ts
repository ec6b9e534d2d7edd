import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg } from '../../inputs.ts';

export default class PipelineDisable extends BaseCommand<typeof PipelineDisable> {
  static override summary = 'disable a pipeline, so that it accepts no new runs; those under way go on';
  static override examples = ['<%= config.bin %> pipeline disable nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline } = this.args;
    await gofer.pipelines.update(this.pipelineRef(pipeline), { state: 'disabled' });
    this.printSuccess(`Disabled pipeline '${pipeline}'`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, state: 'disabled' });
  }
}
