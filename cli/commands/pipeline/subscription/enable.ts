import { extensionArg, pipelineArg, subscriptionArg } from '../../../inputs.ts';
import { SubscriptionCommand } from '../../../subscription-command.ts';

export default class PipelineSubscriptionEnable extends SubscriptionCommand<typeof PipelineSubscriptionEnable> {
  static override summary = 'let an extension act on a subscription again';
  static override examples = ['<%= config.bin %> pipeline subscription enable nightly interval often'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };

  async run() {
    return this.updateSubscription(this.args, { status: 'active' }, 'Enabled');
  }
}
