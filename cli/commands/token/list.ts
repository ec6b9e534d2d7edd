import { BaseCommand } from '../../base-command.ts';
import { statusCell } from '../../output/status-cell.ts';
import { formatTime } from '../../output/time.ts';
import { isActive } from '../../output/token-layout.ts';

export default class TokenList extends BaseCommand<typeof TokenList> {
  static override summary = 'list the tokens, without their secrets';
  static override examples = ['<%= config.bin %> token list'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.tokens.list();
    const time = this.timeStyle;
    this.printTable(
      ['id', 'user', 'roles', 'created', 'expires', 'active'],
      answer.tokens.map((token) => [
        token.id,
        token.user,
        token.roles.join(', '),
        formatTime(token.created, 'Unknown', time),
        formatTime(token.expires, 'Never', time),
        statusCell(this.paint, String(isActive(token, time.now))),
      ]),
    );
    return answer;
  }
}
