import { extensionArg, pipelineArg, subscriptionArg } from '../../../inputs.ts';
import { SubscriptionCommand } from '../../../subscription-command.ts';

export default class PipelineSubscriptionDisable extends SubscriptionCommand<typeof PipelineSubscriptionDisable> {
  static override summary = 'keep a subscription, but have the extension not act on it';
  static override examples = ['<%= config.bin %> pipeline subscription disable nightly interval often'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };

  async run() {
    return this.updateSubscription(this.args, { status: 'disabled' }, 'Disabled');
  }
}
