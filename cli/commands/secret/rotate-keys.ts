import { BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';

export default class SecretRotateKeys extends BaseCommand<typeof SecretRotateKeys> {
  static override summary = "encrypt anew all that is not encrypted with the server's active key";
  static override description =
    'For administrators. Everything can be used meanwhile. It can be interrupted and repeated at any time. When it has succeeded, no other key is needed any more.';
  static override examples = ['<%= config.bin %> secret rotate-keys'];

  async run() {
    const gofer = await this.connect();
    let total = 0;
    for (;;) {
      const { re_encrypted: count, remaining, failures } = await gofer.secrets.rotateKeys();
      total += count;
      if (remaining === 0) {
        this.printSuccess(`Encrypted ${total} values anew; all have the active key now`);
        return { re_encrypted: total, remaining, failures };
      }
      // What is left after a call that has done nothing cannot be done.
      if (count === 0) {
        throw new CommandError(
          `${total} values were encrypted anew; ${remaining} cannot be decrypted`,
          EXIT.failed,
          failures.map(({ value, reason }) => `${value}: ${reason}`),
        );
      }
      this.print(`${total} done, ${remaining} left`);
    }
  }
}
