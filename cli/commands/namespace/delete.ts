import { actionDone, BaseCommand } from '../../base-command.ts';
import { namespaceArg, yesFlag } from '../../inputs.ts';
import { requireConfirmation } from '../../prompt.ts';

export default class NamespaceDelete extends BaseCommand<typeof NamespaceDelete> {
  static override summary = 'delete a namespace and all that is in it';
  static override description = 'On a terminal you are asked whether you mean it. It cannot be undone.';
  static override examples = ['<%= config.bin %> namespace delete team-a'];
  static override args = { namespace: namespaceArg };
  static override flags = { yes: yesFlag };

  async run() {
    const gofer = await this.connect();
    const { namespace } = this.args;
    await requireConfirmation(`Delete namespace '${namespace}' with all its pipelines?`, this.flags.yes);
    await gofer.namespaces.delete(namespace);
    this.printSuccess(`Deleted namespace '${namespace}'`);
    return actionDone({ namespace_id: namespace });
  }
}
