import { BaseCommand } from '../../../base-command.ts';
import { formatColumns } from '../../../output/table.ts';
import { formatTime } from '../../../output/time.ts';
import { includeSecretFlag, keyArg, REDACTED } from '../../../secret-value.ts';

export default class SecretGlobalGet extends BaseCommand<typeof SecretGlobalGet> {
  static override summary = 'show one global secret, with its value if asked for';
  static override examples = [
    '<%= config.bin %> secret global get smtp-key',
    '<%= config.bin %> secret global get smtp-key --include-secret',
  ];
  static override args = { key: keyArg };
  static override flags = { 'include-secret': includeSecretFlag };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.secrets.getGlobal(this.args.key, this.flags['include-secret']);
    const { key, namespaces, created } = answer.metadata;
    this.print(
      ...formatColumns([
        ['Key:', key],
        ['Allowed namespaces:', namespaces.join(', ')],
        ['Created:', formatTime(created, 'Unknown', this.timeStyle)],
      ]),
      `Secret: ${answer.secret ?? REDACTED}`,
    );
    return answer;
  }
}
