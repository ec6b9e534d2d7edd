import { BaseCommand } from '../../base-command.ts';
import { extensionArg } from '../../inputs.ts';
import { extensionLayout } from '../../output/extension-layout.ts';

export default class ExtensionGet extends BaseCommand<typeof ExtensionGet> {
  static override summary = 'show an extension: how it is, its settings, and what it and its subscriptions can be told';
  static override examples = ['<%= config.bin %> extension get cron'];
  static override args = { extension: extensionArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.extensions.get(this.args.extension);
    this.print(...extensionLayout(answer.extension, this.paint, this.timeStyle));
    return answer;
  }
}
