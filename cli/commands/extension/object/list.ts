import { extensionArg } from '../../../inputs.ts';
import { ObjectCommand } from '../../../object-command.ts';

export default class ExtensionObjectList extends ObjectCommand<typeof ExtensionObjectList> {
  static override summary = 'list the objects of an extension';
  static override examples = ['<%= config.bin %> extension object list cron'];
  static override args = { extension: extensionArg };

  async run() {
    return this.listObjects({ extension: this.args.extension });
  }
}
