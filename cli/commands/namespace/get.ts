import { BaseCommand } from '../../base-command.ts';
import { namespaceArg } from '../../inputs.ts';
import { oneLine } from '../../output/table.ts';
import { formatTime } from '../../output/time.ts';

export default class NamespaceGet extends BaseCommand<typeof NamespaceGet> {
  static override summary = 'show one namespace';
  static override examples = ['<%= config.bin %> namespace get default'];
  static override args = { namespace: namespaceArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.namespaces.get(this.args.namespace);
    const { id, name, description, created } = answer.namespace;
    this.print(`[${this.paint('blue', id)}] ${oneLine(name)}`, '');
    if (description !== '') this.print(description, '');
    this.print(`Created ${formatTime(created, 'Unknown', this.timeStyle)}`);
    return answer;
  }
}
