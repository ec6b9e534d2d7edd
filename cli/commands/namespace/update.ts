import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { namespaceArg } from '../../inputs.ts';

export default class NamespaceUpdate extends BaseCommand<typeof NamespaceUpdate> {
  static override summary = 'change the name or the description of a namespace';
  static override examples = [
    '<%= config.bin %> namespace update team-a --name "Team Alpha"',
    '<%= config.bin %> namespace update team-a --description ""',
  ];
  static override args = { namespace: namespaceArg };
  static override flags = {
    name: Flags.string({ char: 'n', summary: 'the new name' }),
    description: Flags.string({ char: 'd', summary: 'the new description' }),
  };

  async run() {
    const { namespace } = this.args;
    const { name, description } = this.flags;
    if (name === undefined && description === undefined) {
      throw new CommandError('nothing is to be changed', EXIT.usage, ['give --name, --description or both']);
    }
    const gofer = await this.connect();
    const answer = await gofer.namespaces.update(namespace, {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
    });
    this.printSuccess(`Updated namespace '${namespace}'`);
    return answer;
  }
}
