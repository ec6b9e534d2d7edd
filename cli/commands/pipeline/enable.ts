import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg } from '../../inputs.ts';

export default class PipelineEnable extends BaseCommand<typeof PipelineEnable> {
  static override summary = 'enable a pipeline, so that it accepts new runs';
  static override examples = ['<%= config.bin %> pipeline enable nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline } = this.args;
    await gofer.pipelines.update(this.pipelineRef(pipeline), { state: 'active' });
    this.printSuccess(`Enabled pipeline '${pipeline}'`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, state: 'active' });
  }
}
