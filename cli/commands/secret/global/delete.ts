import { actionDone, BaseCommand } from '../../../base-command.ts';
import { keyArg } from '../../../secret-value.ts';

export default class SecretGlobalDelete extends BaseCommand<typeof SecretGlobalDelete> {
  static override summary = 'delete a global secret';
  static override examples = ['<%= config.bin %> secret global delete smtp-key'];
  static override args = { key: keyArg };

  async run() {
    const gofer = await this.connect();
    const { key } = this.args;
    await gofer.secrets.deleteGlobal(key);
    this.printSuccess(`Deleted global secret '${key}'`);
    return actionDone({ key });
  }
}
