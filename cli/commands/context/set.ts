import { homedir } from 'node:os';
import { BaseCommand, actionDone } from '../../base-command.ts';
import { type Context, findContext, readContexts, writeContexts } from '../../contexts.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { contextArg } from '../../inputs.ts';

export default class ContextSet extends BaseCommand<typeof ContextSet> {
  static override summary = 'keep a server under a name, or change its address or namespace';
  static override description =
    'It takes the values of --api-base-url and --namespace. A token is kept by `gofer login`; it is forgotten if the address changes.';
  static override examples = [
    '<%= config.bin %> context set work --namespace team-b',
    '<%= config.bin %> context set local --api-base-url http://127.0.0.1:8080',
  ];
  static override args = { context: contextArg };

  async run() {
    const { context: name } = this.args;
    const known = readContexts(homedir());
    const changed = this.#changed(Object.hasOwn(known.contexts, name) ? findContext(known, name) : undefined);
    await writeContexts(homedir(), { ...known, contexts: { ...known.contexts, [name]: changed } });
    this.printSuccess(`Kept ${changed.api_base_url} as '${name}'`, `use it: gofer context use ${name}`);
    return actionDone({ context: name, api_base_url: changed.api_base_url, namespace: changed.namespace ?? null });
  }

  #changed(before: Context | undefined): Context {
    const address = this.flags['api-base-url'] ?? before?.api_base_url;
    if (address === undefined || !URL.canParse(address)) {
      throw new CommandError('a new context needs an address', EXIT.usage, ['give it: --api-base-url URL']);
    }
    const namespace = this.flags.namespace ?? before?.namespace;
    const sameServer = before !== undefined && new URL(before.api_base_url).origin === new URL(address).origin;
    return {
      api_base_url: address,
      ...(sameServer && before.token !== undefined && { token: before.token }),
      ...(namespace !== undefined && { namespace }),
      ...(before?.insecure_skip_tls_verify && { insecure_skip_tls_verify: true }),
    };
  }
}
