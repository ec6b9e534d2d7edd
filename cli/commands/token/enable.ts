import { actionDone, BaseCommand } from '../../base-command.ts';
import { tokenArg } from '../../inputs.ts';

export default class TokenEnable extends BaseCommand<typeof TokenEnable> {
  static override summary = 'accept a token again that was disabled';
  static override examples = ['<%= config.bin %> token enable 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { token: tokenArg };

  async run() {
    const gofer = await this.connect();
    const { token } = this.args;
    await gofer.tokens.update(token, { disabled: false });
    this.printSuccess(`Enabled token ${token}`);
    return actionDone({ token_id: token });
  }
}
