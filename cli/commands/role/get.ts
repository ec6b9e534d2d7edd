import { BaseCommand } from '../../base-command.ts';
import { roleArg } from '../../inputs.ts';
import { formatColumns, oneLine } from '../../output/table.ts';

export default class RoleGet extends BaseCommand<typeof RoleGet> {
  static override summary = 'show a role and what it allows';
  static override examples = ['<%= config.bin %> role get developer'];
  static override args = { role: roleArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.roles.get(this.args.role);
    const { id, description, permissions, system_role } = answer.role;
    this.print(`[${this.paint('blue', id)}] ${oneLine(description)}${system_role ? ' (of the system)' : ''}`);
    if (permissions.length > 0) this.print('', '  Permissions');
    this.print(
      ...formatColumns(
        permissions.map(({ resources, actions }) => [`    ${resources.join(', ')}`, actions.join(', ')]),
        ' :: ',
      ),
    );
    return answer;
  }
}
