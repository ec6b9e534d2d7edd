import { actionDone, BaseCommand } from '../../base-command.ts';
import { tokenArg } from '../../inputs.ts';

export default class TokenDisable extends BaseCommand<typeof TokenDisable> {
  static override summary = 'refuse a token other than your own for the time being';
  static override examples = ['<%= config.bin %> token disable 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { token: tokenArg };

  async run() {
    const gofer = await this.connect();
    const { token } = this.args;
    await gofer.tokens.update(token, { disabled: true });
    this.printSuccess(`Disabled token ${token}`);
    return actionDone({ token_id: token });
  }
}
