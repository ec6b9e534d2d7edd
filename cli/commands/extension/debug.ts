import { BaseCommand } from '../../base-command.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionDebug extends BaseCommand<typeof ExtensionDebug> {
  static override summary = 'ask an extension about its inner state';
  static override examples = ['<%= config.bin %> extension debug cron'];
  static override args = { extension: extensionArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.extensions.debug(this.args.extension);
    this.print(readable(answer.info));
    return answer;
  }
}

/** Most extensions answer JSON, but none has to. */
function readable(info: string): string {
  try {
    return JSON.stringify(JSON.parse(info), null, 2);
  } catch {
    return info;
  }
}
