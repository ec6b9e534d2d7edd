import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { roleArg } from '../../inputs.ts';
import { askForPermissions, parsePermission, permissionFlag } from '../../permission.ts';
import { canAsk } from '../../prompt.ts';

export default class RoleCreate extends BaseCommand<typeof RoleCreate> {
  static override summary = 'create a role, which tokens can have';
  static override description =
    'On a terminal you are asked for its permissions if none are given. A permission allows all its actions with all its resources; one role of a token has to cover all that a request needs.';
  static override examples = [
    '<%= config.bin %> role create developer "Team A"',
    '<%= config.bin %> role create reader "May look" --permission \'resources=all;actions=read\'',
    '<%= config.bin %> role create team-a "Team A" --permission \'resources=namespaces:^team-a$,pipelines:.*,configs,runs;actions=read,write\'',
  ];
  static override args = {
    role: roleArg,
    description: Args.string({ required: true, description: 'what it is for' }),
  };
  static override flags = { permission: permissionFlag };

  async run() {
    const { role: id, description } = this.args;
    const given = this.flags.permission?.map(parsePermission);
    if (!given && !canAsk()) {
      throw new CommandError('there is no terminal to ask for the permissions', EXIT.usage, [
        "give them, for example: --permission 'resources=all;actions=read'",
      ]);
    }
    const permissions = given ?? (await askForPermissions());
    const gofer = await this.connect();
    const answer = await gofer.roles.create({ id, description, permissions });
    this.printSuccess(`Created role '${id}'`, `give it to somebody: gofer token create USER --roles ${id}`);
    return answer;
  }
}
