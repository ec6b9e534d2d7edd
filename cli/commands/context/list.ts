import { homedir } from 'node:os';
import { BaseCommand } from '../../base-command.ts';
import { readContexts } from '../../contexts.ts';

export default class ContextList extends BaseCommand<typeof ContextList> {
  static override summary = 'list the servers that are kept under names';
  static override examples = ['<%= config.bin %> context list'];

  async run() {
    const { current, contexts } = readContexts(homedir());
    const list = Object.entries(contexts).map(([name, { api_base_url, namespace, token }]) => ({
      name,
      api_base_url,
      namespace: namespace ?? null,
      has_token: token !== undefined,
      current: name === current,
    }));
    this.printTable(
      ['name', 'server', 'namespace', 'token', 'in use'],
      list.map(({ name, api_base_url, namespace, has_token, current: inUse }) => [
        name,
        api_base_url,
        namespace ?? '',
        has_token ? 'yes' : 'no',
        inUse ? '✓' : '',
      ]),
    );
    return { contexts: list };
  }
}
