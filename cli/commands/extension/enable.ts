import { actionDone, BaseCommand } from '../../base-command.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionEnable extends BaseCommand<typeof ExtensionEnable> {
  static override summary = 'start the container of an extension again';
  static override examples = ['<%= config.bin %> extension enable chat'];
  static override args = { extension: extensionArg };

  async run() {
    const gofer = await this.connect();
    const { extension } = this.args;
    await gofer.extensions.update(extension, { enable: true });
    this.printSuccess(`Enabled extension '${extension}'`);
    return actionDone({ extension_id: extension });
  }
}
