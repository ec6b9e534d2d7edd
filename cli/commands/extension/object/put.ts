import { extensionArg } from '../../../inputs.ts';
import { forceFlag, ObjectCommand, objectKeyArg, sourceArg } from '../../../object-command.ts';

export default class ExtensionObjectPut extends ObjectCommand<typeof ExtensionObjectPut> {
  static override summary = 'store a file, or standard input, as an object of an extension';
  static override examples = [
    '<%= config.bin %> extension object put cron report report.pdf',
    'tar -c node_modules | <%= config.bin %> extension object put cron cache @ --force',
  ];
  static override args = { extension: extensionArg, key: objectKeyArg, path: sourceArg };
  static override flags = { force: forceFlag };

  async run() {
    const { key, path } = this.args;
    return this.putObject({ extension: this.args.extension }, key, path, this.flags.force);
  }
}
