import { pipelineArg, runArg } from '../../../inputs.ts';
import { ObjectCommand } from '../../../object-command.ts';

export default class RunObjectList extends ObjectCommand<typeof RunObjectList> {
  static override summary = 'list the objects of a run';
  static override examples = ['<%= config.bin %> run object list nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    return this.listObjects(this.runRef(this.args.pipeline, this.args.run));
  }
}
