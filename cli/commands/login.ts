import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../base-command.ts';
import { type Context, contextsFile, readContexts, writeContexts } from '../contexts.ts';
import { CommandError, EXIT } from '../errors.ts';
import { ask, canAsk } from '../prompt.ts';

export default class Login extends BaseCommand<typeof Login> {
  static override summary = 'keep the token of a server, and use that server from now on';
  static override description =
    'The token is asked for without echo, or read from standard input. It is checked, and kept under a name in ~/.config/gofer/contexts.json, which only you can read. Another server is used with `gofer context use`, or for one command with --context.';
  static override examples = [
    '<%= config.bin %> login https://gofer.example.com',
    '<%= config.bin %> login https://gofer.example.com --name work --namespace team-a < token.txt',
  ];
  static override args = {
    server: Args.string({ ignoreStdin: true, description: 'address of the API; the one in use if left out' }),
  };
  static override flags = {
    name: Flags.string({ summary: 'what to call the server; its host if left out' }),
  };

  async run() {
    const server = (this.args.server ?? this.settings.apiBaseUrl).replace(/\/+$/, '');
    const name = this.flags.name ?? this.#usualName(server);
    const token = await this.#readToken(server);
    const gofer = await this.connect({ apiBaseUrl: server, token });
    const { token: details } = await gofer.tokens.whoami();
    const context: Context = {
      api_base_url: server,
      token,
      ...(this.flags.namespace !== undefined && { namespace: this.flags.namespace }),
      ...(this.settings.insecureSkipTlsVerify && { insecure_skip_tls_verify: true }),
    };
    const { contexts } = readContexts(homedir());
    await writeContexts(homedir(), { current: name, contexts: { ...contexts, [name]: context } });
    this.printSuccess(
      `Logged in to ${server} as ${details.user}`,
      `roles:   ${details.roles.join(', ') || 'none'}`,
      `context: ${name}, kept in ${contextsFile(homedir())}`,
    );
    return actionDone({ context: name, api_base_url: server, user: details.user });
  }

  #usualName(server: string): string {
    if (!URL.canParse(server)) {
      throw new CommandError(`'${server}' is not an address`, EXIT.usage, ['write it like https://gofer.example.com']);
    }
    // Who names no server renews the token of the one in use.
    const inUse = this.args.server === undefined ? this.settings.context : undefined;
    return inUse ?? new URL(server).host;
  }

  async #readToken(server: string): Promise<string> {
    const input = canAsk() ? await ask(`Token for ${server}: `, { hidden: true }) : await text(process.stdin);
    const token = input.trim();
    if (token !== '') return token;
    throw new CommandError('no token was given', EXIT.usage, [
      'make one: gofer token create, or gofer token bootstrap',
    ]);
  }
}
