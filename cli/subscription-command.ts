import type { Command } from '@oclif/core';
import type { SubscriptionRef } from '../sdk/client.ts';
import type { UpdateSubscriptionRequest } from '../sdk/wire.ts';
import { actionDone, BaseCommand } from './base-command.ts';

/** The arguments that name a subscription. */
interface SubscriptionArguments {
  readonly pipeline: string;
  readonly extension: string;
  readonly subscription: string;
}

/** What the commands for single subscriptions share. */
export abstract class SubscriptionCommand<T extends typeof Command> extends BaseCommand<T> {
  protected subscriptionRef({ pipeline, extension, subscription }: SubscriptionArguments): SubscriptionRef {
    return { ...this.pipelineRef(pipeline), extension, subscription };
  }

  protected async updateSubscription(args: SubscriptionArguments, change: UpdateSubscriptionRequest, done: string) {
    const gofer = await this.connect();
    await gofer.subscriptions.update(this.subscriptionRef(args), change);
    return this.#report(args, done);
  }

  protected async deleteSubscription(args: SubscriptionArguments) {
    const gofer = await this.connect();
    await gofer.subscriptions.delete(this.subscriptionRef(args));
    return this.#report(args, 'Ended');
  }

  #report({ pipeline, extension, subscription }: SubscriptionArguments, done: string) {
    this.printSuccess(`${done} subscription '${subscription}' of pipeline '${pipeline}' to extension '${extension}'`);
    return actionDone({
      namespace_id: this.settings.namespace,
      pipeline_id: pipeline,
      extension_id: extension,
      subscription_id: subscription,
    });
  }
}
