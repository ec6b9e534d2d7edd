import { pipelineArg, runArg } from '../../../inputs.ts';
import { getFlags, ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class RunObjectGet extends ObjectCommand<typeof RunObjectGet> {
  static override summary = 'write an object of a run to a file or to standard output';
  static override examples = [
    '<%= config.bin %> run object get nightly 7 report --output report.pdf',
    '<%= config.bin %> run object get nightly 7 cache | tar -x',
  ];
  static override args = { pipeline: pipelineArg, run: runArg, key: objectKeyArg };
  static override flags = getFlags;

  async run() {
    return this.getObject(this.runRef(this.args.pipeline, this.args.run), this.args.key, this.flags);
  }
}
