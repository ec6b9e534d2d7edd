import { actionDone, BaseCommand } from '../../base-command.ts';
import { namespaceArg } from '../../inputs.ts';

export default class NamespaceDelete extends BaseCommand<typeof NamespaceDelete> {
  static override summary = 'delete a namespace and all that is in it';
  static override examples = ['<%= config.bin %> namespace delete team-a'];
  static override args = { id: namespaceArg };

  async run() {
    const gofer = await this.connect();
    await gofer.namespaces.delete(this.args.id);
    this.printSuccess(`Deleted namespace '${this.args.id}'`);
    return actionDone({ namespace_id: this.args.id });
  }
}
