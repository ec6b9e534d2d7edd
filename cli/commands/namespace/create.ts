import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { namespaceArg } from '../../inputs.ts';

export default class NamespaceCreate extends BaseCommand<typeof NamespaceCreate> {
  static override summary = 'create a namespace';
  static override examples = ['<%= config.bin %> namespace create team-a "Team A" "pipelines of team A"'];
  static override args = {
    namespace: namespaceArg,
    name: Args.string({ required: true, description: 'name to show' }),
    description: Args.string({ description: 'what it is for' }),
  };

  async run() {
    const gofer = await this.connect();
    const { namespace: id, name, description = '' } = this.args;
    const answer = await gofer.namespaces.create({ id, name, description });
    this.printSuccess(`Created namespace '${id}'`, `work in it: gofer pipeline list --namespace ${id}`);
    return answer;
  }
}
