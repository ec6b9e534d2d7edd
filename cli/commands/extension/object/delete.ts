import { extensionArg } from '../../../inputs.ts';
import { ObjectCommand, objectKeyArg } from '../../../object-command.ts';

export default class ExtensionObjectDelete extends ObjectCommand<typeof ExtensionObjectDelete> {
  static override summary = 'delete an object of an extension';
  static override examples = ['<%= config.bin %> extension object delete cron cache'];
  static override args = { extension: extensionArg, key: objectKeyArg };

  async run() {
    return this.deleteObject({ extension: this.args.extension }, this.args.key);
  }
}
