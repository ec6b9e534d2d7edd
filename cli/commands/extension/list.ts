import { BaseCommand } from '../../base-command.ts';
import { statusCell } from '../../output/status-cell.ts';

export default class ExtensionList extends BaseCommand<typeof ExtensionList> {
  static override summary = 'list the installed extensions';
  static override examples = ['<%= config.bin %> extension list'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.extensions.list();
    const sorted = [...answer.extensions].sort((one, other) =>
      one.registration.extension_id.localeCompare(other.registration.extension_id),
    );
    this.printTable(
      ['id', 'image', 'url', 'status', 'state'],
      sorted.map(({ registration, url, state }) => [
        registration.extension_id,
        registration.image,
        url,
        statusCell(this.paint, registration.status),
        statusCell(this.paint, state),
      ]),
    );
    return answer;
  }
}
