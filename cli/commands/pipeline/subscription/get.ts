import { extensionArg, pipelineArg, subscriptionArg } from '../../../inputs.ts';
import { subscriptionLayout } from '../../../output/subscription-layout.ts';
import { SubscriptionCommand } from '../../../subscription-command.ts';

export default class PipelineSubscriptionGet extends SubscriptionCommand<typeof PipelineSubscriptionGet> {
  static override summary = 'show a subscription: its parameters, when it runs next, and why it does not';
  static override examples = ['<%= config.bin %> pipeline subscription get nightly cron at-night --detail'];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.subscriptions.get(this.subscriptionRef(this.args));
    this.print(...subscriptionLayout(answer.subscription, this.paint, this.timeStyle));
    return answer;
  }
}
