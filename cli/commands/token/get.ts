import { BaseCommand } from '../../base-command.ts';
import { tokenArg } from '../../inputs.ts';
import { tokenLayout } from '../../output/token-layout.ts';

export default class TokenGet extends BaseCommand<typeof TokenGet> {
  static override summary = 'show one token, without its secret';
  static override examples = ['<%= config.bin %> token get 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { token: tokenArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.tokens.get(this.args.token);
    this.print(...tokenLayout(answer.token, this.paint, this.timeStyle));
    return answer;
  }
}
