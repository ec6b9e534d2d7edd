import { actionDone, BaseCommand } from '../../base-command.ts';
import { extensionArg, yesFlag } from '../../inputs.ts';
import { requireConfirmation } from '../../prompt.ts';

export default class ExtensionUninstall extends BaseCommand<typeof ExtensionUninstall> {
  static override summary = 'stop an extension and remove it with its subscriptions, objects, roles and tokens';
  static override description = 'On a terminal you are asked whether you mean it. It cannot be undone.';
  static override examples = ['<%= config.bin %> extension uninstall chat'];
  static override args = { extension: extensionArg };
  static override flags = { yes: yesFlag };

  async run() {
    const gofer = await this.connect();
    const { extension } = this.args;
    await requireConfirmation(`Remove extension '${extension}' with all subscriptions to it?`, this.flags.yes);
    await gofer.extensions.uninstall(extension);
    this.printSuccess(`Removed extension '${extension}'`);
    return actionDone({ extension_id: extension });
  }
}
