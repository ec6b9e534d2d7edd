import { pipelineArg, runArg } from '../../../inputs.ts';
import { forceFlag, ObjectCommand, objectKeyArg, sourceArg } from '../../../object-command.ts';

export default class RunObjectPut extends ObjectCommand<typeof RunObjectPut> {
  static override summary = 'store a file, or standard input, as an object of a run';
  static override examples = [
    '<%= config.bin %> run object put nightly 7 report report.pdf',
    'tar -c node_modules | <%= config.bin %> run object put nightly 7 cache @ --force',
  ];
  static override args = { pipeline: pipelineArg, run: runArg, key: objectKeyArg, path: sourceArg };
  static override flags = { force: forceFlag };

  async run() {
    const { key, path } = this.args;
    return this.putObject(this.runRef(this.args.pipeline, this.args.run), key, path, this.flags.force);
  }
}
