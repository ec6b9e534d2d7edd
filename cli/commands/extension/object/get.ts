import { extensionArg } from '../../../inputs.ts';
import { getFlags, ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class ExtensionObjectGet extends ObjectCommand<typeof ExtensionObjectGet> {
  static override summary = 'write an object of an extension to a file or to standard output';
  static override examples = [
    '<%= config.bin %> extension object get cron report --output report.pdf',
    '<%= config.bin %> extension object get cron cache | tar -x',
  ];
  static override args = { extension: extensionArg, key: objectKeyArg };
  static override flags = getFlags;

  async run() {
    return this.getObject({ extension: this.args.extension }, this.args.key, this.flags);
  }
}
