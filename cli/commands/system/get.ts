import { BaseCommand } from '../../base-command.ts';
import { formatColumns } from '../../output/table.ts';

export default class SystemGet extends BaseCommand<typeof SystemGet> {
  static override summary = 'show the switches of the whole server; only administrators may';
  static override examples = ['<%= config.bin %> system get'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.system.preferences();
    this.print(...formatColumns(Object.entries(answer).map(([key, value]) => [`${key}:`, String(value)])));
    return answer;
  }
}
