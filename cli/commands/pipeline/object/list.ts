import { pipelineArg } from '../../../inputs.ts';
import { ObjectCommand } from '../../../object-command.ts';

export default class PipelineObjectList extends ObjectCommand<typeof PipelineObjectList> {
  static override summary = 'list the objects of a pipeline';
  static override examples = ['<%= config.bin %> pipeline object list nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    return this.listObjects(this.pipelineRef(this.args.pipeline));
  }
}
