import { Flags } from '@oclif/core';
import { BaseCommand } from '../../../base-command.ts';
import { forceFlag, keyArg, keyWarning, readValue, valueArg, valueFlags } from '../../../secret-value.ts';

export default class SecretGlobalPut extends BaseCommand<typeof SecretGlobalPut> {
  static override summary = 'store a secret for the pipelines of several namespaces';
  static override description = 'You are asked for its value, without echo, or it is read from standard input.';
  static override examples = [
    '<%= config.bin %> secret global put smtp-key --namespaces ^team-',
    '<%= config.bin %> secret global put tls-key - < key.pem',
  ];
  static override args = { key: keyArg, source: valueArg };
  static override flags = {
    ...valueFlags,
    namespaces: Flags.string({
      char: 'n',
      summary: 'regular expression for namespaces whose pipelines may use it; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      default: ['.*'],
    }),
    force: forceFlag,
  };

  async run() {
    const { key, source } = this.args;
    const { namespaces, force } = this.flags;
    const content = await readValue(source, this.flags);
    const gofer = await this.connect();
    const answer = await gofer.secrets.putGlobal({ key, content, namespaces, force });
    this.printSuccess(`Stored global secret '${key}'`, `use it: global_secret{{${key}}}`, ...keyWarning(key));
    return answer;
  }
}
