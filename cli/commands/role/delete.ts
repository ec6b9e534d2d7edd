import { actionDone, BaseCommand } from '../../base-command.ts';
import { roleArg } from '../../inputs.ts';

export default class RoleDelete extends BaseCommand<typeof RoleDelete> {
  static override summary = 'delete a role; tokens that have it can do less from then on';
  static override examples = ['<%= config.bin %> role delete developer'];
  static override args = { role: roleArg };

  async run() {
    const gofer = await this.connect();
    const { role } = this.args;
    await gofer.roles.delete(role);
    this.printSuccess(`Deleted role '${role}'`);
    return actionDone({ role_id: role });
  }
}
