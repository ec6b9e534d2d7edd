import { BaseCommand } from '../../../base-command.ts';
import { formatTime } from '../../../output/time.ts';

export default class SecretGlobalList extends BaseCommand<typeof SecretGlobalList> {
  static override summary = 'list the global secrets without their values';
  static override examples = ['<%= config.bin %> secret global list'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.secrets.listGlobal();
    const time = this.timeStyle;
    this.printTable(
      ['key', 'namespaces', 'created'],
      answer.secrets.map(({ key, namespaces, created }) => [
        key,
        namespaces.join(', '),
        formatTime(created, 'Unknown', time),
      ]),
    );
    return answer;
  }
}
