import { pipelineArg } from '../../../inputs.ts';
import { ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class PipelineObjectDelete extends ObjectCommand<typeof PipelineObjectDelete> {
  static override summary = 'delete an object of a pipeline';
  static override examples = ['<%= config.bin %> pipeline object delete nightly cache'];
  static override args = { pipeline: pipelineArg, key: objectKeyArg };

  async run() {
    return this.deleteObject(this.pipelineRef(this.args.pipeline), this.args.key);
  }
}
