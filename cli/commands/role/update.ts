import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { roleArg } from '../../inputs.ts';
import { parsePermission, permissionFlag } from '../../permission.ts';

export default class RoleUpdate extends BaseCommand<typeof RoleUpdate> {
  static override summary = 'change the description of a role, or replace all its permissions';
  static override description = 'Tokens that have the role are affected at once.';
  static override examples = [
    '<%= config.bin %> role update developer --description "Team A"',
    "<%= config.bin %> role update developer --permission 'resources=all;actions=read'",
  ];
  static override args = { role: roleArg };
  static override flags = {
    description: Flags.string({ char: 'd', summary: 'the new description' }),
    permission: permissionFlag,
  };

  async run() {
    const { role } = this.args;
    const { description, permission } = this.flags;
    if (description === undefined && !permission) {
      throw new CommandError('nothing is to be changed', EXIT.usage, ['give --description, --permission or both']);
    }
    const permissions = permission?.map(parsePermission);
    const gofer = await this.connect();
    const answer = await gofer.roles.update(role, {
      ...(description !== undefined && { description }),
      ...(permissions && { permissions }),
    });
    this.printSuccess(`Updated role '${role}'`);
    return answer;
  }
}
