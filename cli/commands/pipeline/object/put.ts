import { pipelineArg } from '../../../inputs.ts';
import { forceFlag, ObjectCommand, objectKeyArg, sourceArg } from '../../../object-command.ts';

export default class PipelineObjectPut extends ObjectCommand<typeof PipelineObjectPut> {
  static override summary = 'store a file, or standard input, as an object of a pipeline';
  static override examples = [
    '<%= config.bin %> pipeline object put nightly report report.pdf',
    'tar -c node_modules | <%= config.bin %> pipeline object put nightly cache @ --force',
  ];
  static override args = { pipeline: pipelineArg, key: objectKeyArg, path: sourceArg };
  static override flags = { force: forceFlag };

  async run() {
    const { key, path } = this.args;
    return this.putObject(this.pipelineRef(this.args.pipeline), key, path, this.flags.force);
  }
}
