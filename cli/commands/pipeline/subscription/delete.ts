import { extensionArg, pipelineArg, subscriptionArg } from '../../../inputs.ts';
import { SubscriptionCommand } from '../../../subscription-command.ts';

export default class PipelineSubscriptionDelete extends SubscriptionCommand<typeof PipelineSubscriptionDelete> {
  static override summary = 'end a subscription, like pipeline unsubscribe';
  static override examples = ['<%= config.bin %> pipeline subscription delete nightly interval often'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };

  async run() {
    return this.deleteSubscription(this.args);
  }
}
