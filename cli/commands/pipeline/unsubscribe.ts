import { extensionArg, pipelineArg, subscriptionArg } from '../../inputs.ts';
import { SubscriptionCommand } from '../../subscription-command.ts';

export default class PipelineUnsubscribe extends SubscriptionCommand<typeof PipelineUnsubscribe> {
  static override summary = 'end a subscription of a pipeline';
  static override examples = ['<%= config.bin %> pipeline unsubscribe nightly interval often'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };

  async run() {
    return this.deleteSubscription(this.args);
  }
}
