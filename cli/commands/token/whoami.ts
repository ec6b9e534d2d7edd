import { BaseCommand } from '../../base-command.ts';
import { tokenLayout } from '../../output/token-layout.ts';

export default class TokenWhoami extends BaseCommand<typeof TokenWhoami> {
  static override summary = 'show the token that you use, and what roles it has';
  static override examples = ['<%= config.bin %> token whoami'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.tokens.whoami();
    this.print(...tokenLayout(answer.token, this.paint, this.timeStyle));
    return answer;
  }
}
