import { actionDone, BaseCommand } from '../../base-command.ts';
import { tokenArg } from '../../inputs.ts';

export default class TokenDelete extends BaseCommand<typeof TokenDelete> {
  static override summary = 'delete a token other than your own';
  static override examples = ['<%= config.bin %> token delete 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { token: tokenArg };

  async run() {
    const gofer = await this.connect();
    const { token } = this.args;
    await gofer.tokens.delete(token);
    this.printSuccess(`Deleted token ${token}`);
    return actionDone({ token_id: token });
  }
}
