import { actionDone, BaseCommand } from '../../base-command.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionDisable extends BaseCommand<typeof ExtensionDisable> {
  static override summary = 'stop an extension, but keep it and its subscriptions';
  static override examples = ['<%= config.bin %> extension disable chat'];
  static override args = { extension: extensionArg };

  async run() {
    const gofer = await this.connect();
    const { extension } = this.args;
    await gofer.extensions.update(extension, { enable: false });
    this.printSuccess(`Disabled extension '${extension}'`);
    return actionDone({ extension_id: extension });
  }
}
