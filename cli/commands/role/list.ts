import { BaseCommand } from '../../base-command.ts';
import { statusCell } from '../../output/status-cell.ts';

export default class RoleList extends BaseCommand<typeof RoleList> {
  static override summary = 'list the roles';
  static override examples = ['<%= config.bin %> role list'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.roles.list();
    this.printTable(
      ['id', 'description', 'system_owned'],
      answer.roles.map(({ id, description, system_role }) => [
        id,
        description,
        statusCell(this.paint, String(system_role)),
      ]),
    );
    return answer;
  }
}
