import { Args, Flags } from '@oclif/core';
import { parseDuration } from '../../../core/duration.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { parsePairs } from '../../inputs.ts';
import { TokenCommand } from '../../token-command.ts';

export default class TokenCreate extends TokenCommand<typeof TokenCreate> {
  static override summary = 'create a token; its secret is shown this once';
  static override examples = [
    '<%= config.bin %> token create ann --roles developer',
    '<%= config.bin %> token create ci --roles deployer --roles reader --expiry 720h --metadata team=a',
  ];
  static override args = { user: Args.string({ required: true, description: 'name to show for its owner' }) };
  static override flags = {
    roles: Flags.string({
      char: 'r',
      summary: 'id of a role that it has; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
    }),
    expiry: Flags.custom<number>({
      char: 'e',
      summary: 'how long it is good for: seconds, or a time such as 12h; 0 for ever',
      parse: async (input) => {
        const milliseconds = parseDuration(input);
        if (/^\d{1,12}$/.test(input)) return Number(input);
        if (milliseconds !== undefined && milliseconds >= 0) return Math.ceil(milliseconds / 1000);
        throw new CommandError(`'${input}' is no time`, EXIT.usage, ['write it like 3600 or 12h']);
      },
    })({ default: 0 }),
    metadata: Flags.string({
      char: 'm',
      summary: 'a note about it: -m team=a; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
    }),
  };

  async run() {
    const { roles, expiry: expires } = this.flags;
    const metadata = parsePairs(this.flags.metadata, 'a note', '-m team=a');
    const gofer = await this.connect();
    return this.showSecret(await gofer.tokens.create({ user: this.args.user, roles, expires, metadata }));
  }
}
