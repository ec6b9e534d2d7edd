import { Flags } from '@oclif/core';
import { extensionArg, parsePairs, pipelineArg, subscriptionArg } from '../../../inputs.ts';
import { SubscriptionCommand } from '../../../subscription-command.ts';

export default class PipelineSubscriptionUpdate extends SubscriptionCommand<typeof PipelineSubscriptionUpdate> {
  static override summary = 'give a subscription other parameters, which replace all that it has';
  static override examples = ['<%= config.bin %> pipeline subscription update nightly interval often -s every=10m'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };
  static override flags = {
    setting: Flags.string({
      char: 's',
      required: true,
      summary: 'set a parameter: -s every=5m; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run() {
    const settings = parsePairs(this.flags.setting, 'a parameter', '-s every=5m');
    const gofer = await this.connect();
    const { status } = (await gofer.subscriptions.get(this.subscriptionRef(this.args))).subscription;
    // A change of parameters has to say whether the extension is to act on them; one that it refused gets another chance.
    const wanted = status === 'disabled' ? 'disabled' : 'active';
    return this.updateSubscription(this.args, { settings, status: wanted }, 'Changed');
  }
}
