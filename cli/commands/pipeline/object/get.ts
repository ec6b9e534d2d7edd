import { pipelineArg } from '../../../inputs.ts';
import { getFlags, ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class PipelineObjectGet extends ObjectCommand<typeof PipelineObjectGet> {
  static override summary = 'write an object of a pipeline to a file or to standard output';
  static override examples = [
    '<%= config.bin %> pipeline object get nightly report --output report.pdf',
    '<%= config.bin %> pipeline object get nightly cache | tar -x',
  ];
  static override args = { pipeline: pipelineArg, key: objectKeyArg };
  static override flags = getFlags;

  async run() {
    return this.getObject(this.pipelineRef(this.args.pipeline), this.args.key, this.flags);
  }
}
