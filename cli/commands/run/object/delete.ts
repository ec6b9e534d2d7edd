import { pipelineArg, runArg } from '../../../inputs.ts';
import { ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class RunObjectDelete extends ObjectCommand<typeof RunObjectDelete> {
  static override summary = 'delete an object of a run';
  static override examples = ['<%= config.bin %> run object delete nightly 7 cache'];
  static override args = { pipeline: pipelineArg, run: runArg, key: objectKeyArg };

  async run() {
    return this.deleteObject(this.runRef(this.args.pipeline, this.args.run), this.args.key);
  }
}
