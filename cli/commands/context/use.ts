import { homedir } from 'node:os';
import { Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { findContext, readContexts, writeContexts } from '../../contexts.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { optionalContextArg } from '../../inputs.ts';

export default class ContextUse extends BaseCommand<typeof ContextUse> {
  static override summary = 'use a server that is kept under a name from now on';
  static override examples = ['<%= config.bin %> context use work', '<%= config.bin %> context use --none'];
  static override args = { context: optionalContextArg };
  static override flags = {
    none: Flags.boolean({ default: false, summary: 'none of them, but what files and variables say' }),
  };

  async run() {
    const { context: name } = this.args;
    if ((name === undefined) !== this.flags.none) {
      throw new CommandError('give the name of a context, or --none', EXIT.usage, ['see: gofer context list']);
    }
    const known = readContexts(homedir());
    if (name === undefined) {
      await writeContexts(homedir(), { contexts: known.contexts });
      this.printSuccess('No context is in use');
      return actionDone({ context: null });
    }
    const { api_base_url: server } = findContext(known, name);
    await writeContexts(homedir(), { ...known, current: name });
    this.printSuccess(`Commands go to ${server} from now on`);
    return actionDone({ context: name, api_base_url: server });
  }
}
