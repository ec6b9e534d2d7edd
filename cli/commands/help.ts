import { Args, loadHelpClass } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';

export default class Help extends BaseCommand<typeof Help> {
  static override summary = 'explain a command, like --help';
  static override examples = ['<%= config.bin %> help run start'];
  static override strict = false;
  static override args = { command: Args.string({ description: 'words of the command' }) };

  async run(): Promise<void> {
    const HelpClass = await loadHelpClass(this.config);
    await new HelpClass(this.config).showHelp([...this.argv, '--help']);
  }
}
