import { BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { textLines } from '../../follow/text-lines.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionLogs extends BaseCommand<typeof ExtensionLogs> {
  static override summary = 'print what an extension prints, from the start of its container until it ends';
  static override examples = [
    '<%= config.bin %> extension logs chat',
    '<%= config.bin %> extension logs chat | grep -i error',
  ];
  static override args = { extension: extensionArg };

  async run(): Promise<void> {
    const gofer = await this.connect();
    const { extension } = this.args;
    // A stream can only be closed with a reason, so a wrong name is better found before.
    const { registration } = (await gofer.extensions.get(extension)).extension;
    if (registration.image.startsWith('builtin/')) {
      throw new CommandError(`extension '${extension}' is built in: it has no container, and so no log`, EXIT.failed, [
        `see what it knows: gofer extension debug ${extension}`,
      ]);
    }
    const interrupt = new AbortController();
    process.once('SIGINT', () => interrupt.abort());
    const pieces = gofer.followExtensionLogs(extension, { signal: interrupt.signal });
    for await (const line of textLines(pieces)) {
      this.print(line);
      this.printJsonLine({ extension_id: extension, line });
    }
  }
}
