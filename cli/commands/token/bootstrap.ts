import { TokenCommand } from '../../token-command.ts';

export default class TokenBootstrap extends TokenCommand<typeof TokenBootstrap> {
  static override summary = 'create the first token of an installation, which may do everything; works once';
  static override examples = ['<%= config.bin %> token bootstrap --api-base-url https://gofer.example.com'];

  async run() {
    const gofer = await this.connect();
    return this.showSecret(await gofer.tokens.bootstrap());
  }
}
