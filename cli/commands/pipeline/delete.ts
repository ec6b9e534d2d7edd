import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg, yesFlag } from '../../inputs.ts';
import { requireConfirmation } from '../../prompt.ts';

export default class PipelineDelete extends BaseCommand<typeof PipelineDelete> {
  static override summary = 'delete a pipeline with its versions, runs, logs, objects and secrets';
  static override description = 'On a terminal you are asked whether you mean it. It cannot be undone.';
  static override examples = [
    '<%= config.bin %> pipeline delete nightly',
    '<%= config.bin %> pipeline delete nightly --yes',
  ];
  static override args = { pipeline: pipelineArg };
  static override flags = { yes: yesFlag };

  async run() {
    const gofer = await this.connect();
    const { pipeline } = this.args;
    await requireConfirmation(`Delete pipeline '${pipeline}' with all that belongs to it?`, this.flags.yes);
    await gofer.pipelines.delete(this.pipelineRef(pipeline));
    this.printSuccess(`Deleted pipeline '${pipeline}'`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline });
  }
}
