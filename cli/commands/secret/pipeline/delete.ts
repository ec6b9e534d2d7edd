import { actionDone, BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { keyArg } from '../../../secret-value.ts';

export default class SecretPipelineDelete extends BaseCommand<typeof SecretPipelineDelete> {
  static override summary = 'delete a secret of a pipeline';
  static override examples = ['<%= config.bin %> secret pipeline delete nightly db-password'];
  static override args = { pipeline: pipelineArg, key: keyArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline, key } = this.args;
    await gofer.secrets.delete(this.pipelineRef(pipeline), key);
    this.printSuccess(`Deleted secret '${key}' of pipeline '${pipeline}'`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, key });
  }
}
