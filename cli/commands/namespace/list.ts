import { BaseCommand } from '../../base-command.ts';
import { formatTime } from '../../output/time.ts';

export default class NamespaceList extends BaseCommand<typeof NamespaceList> {
  static override summary = 'list the namespaces you may read';
  static override examples = ['<%= config.bin %> namespace list'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.namespaces.list();
    const time = this.timeStyle;
    this.printTable(
      ['id', 'name', 'description', 'created'],
      answer.namespaces.map(({ id, name, description, created }) => [
        id,
        name,
        description,
        formatTime(created, 'Unknown', time),
      ]),
    );
    return answer;
  }
}
