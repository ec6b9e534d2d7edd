import { actionDone, BaseCommand } from '../../../base-command.ts';
import { pipelineArg, versionArg } from '../../../inputs.ts';

export default class PipelineConfigDelete extends BaseCommand<typeof PipelineConfigDelete> {
  static override summary = 'delete a version that is neither live nor the newest nor in use by a run';
  static override examples = ['<%= config.bin %> pipeline config delete nightly 2'];
  static override args = { pipeline: pipelineArg, version: versionArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline, version } = this.args;
    await gofer.configs.delete(this.pipelineRef(pipeline), version);
    this.printSuccess(`Deleted v${version} of pipeline '${pipeline}'`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, version });
  }
}
