import { homedir } from 'node:os';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { findContext, readContexts, writeContexts } from '../../contexts.ts';
import { contextArg } from '../../inputs.ts';

export default class ContextDelete extends BaseCommand<typeof ContextDelete> {
  static override summary = 'forget a server and its token, which stays valid';
  static override examples = ['<%= config.bin %> context delete work'];
  static override args = { context: contextArg };

  async run() {
    const { context: name } = this.args;
    const known = readContexts(homedir());
    findContext(known, name);
    const { [name]: _gone, ...contexts } = known.contexts;
    const { current } = known;
    await writeContexts(homedir(), { contexts, ...(current !== undefined && current !== name && { current }) });
    this.printSuccess(`Forgot context '${name}'`);
    return actionDone({ context: name });
  }
}
