/**
 * An example of an extension: starts a run of every pipeline that listens for a word, when a message with that word is sent
 * to it from outside.
 *
 *     curl -d 'please deploy now' https://gofer.example.org:8081/api/external/words
 */
import { createHash } from 'node:crypto';
import {
  Refusal,
  serveExtension,
  type Extension,
  type ExtensionContext,
  type ExternalEvent,
  type Subscription,
  type SubscriptionName,
} from '../../sdk/extension/index.ts';

class Words implements Extension {
  readonly documentation = {
    body: 'Starts runs when a message has a certain word in it.',
    config_params: [
      { key: 'max_length', required: false, documentation: 'The most bytes of a message; 1000 if not set.' },
    ],
    pipeline_subscription_params: [{ key: 'word', required: true, documentation: 'The word to listen for.' }],
  };
  readonly #context: ExtensionContext;
  readonly #maxLength: number;
  readonly #listeners = new Map<string, Subscription>();

  constructor(context: ExtensionContext) {
    this.#context = context;
    this.#maxLength = Number(context.setting('max_length') ?? 1000);
  }

  subscribe(subscription: Subscription): void {
    if (!/^\w+$/.test(subscription.parameters['word'] ?? '')) throw new Refusal('a word has letters and digits only');
    this.#listeners.set(keyOf(subscription), subscription);
  }

  unsubscribe(name: SubscriptionName): void {
    this.#listeners.delete(keyOf(name));
  }

  async externalEvent({ headers, body }: ExternalEvent): Promise<void> {
    if (body.length > this.#maxLength) throw new Refusal(`a message has at most ${this.#maxLength} bytes`);
    const message = body.toString('utf8');
    const words = new Set(message.split(/\W+/));
    // Gofer tries again if this fails half-way; then it is the same delivery, and what was started is not started again.
    const delivery = headers['idempotency-key'] ?? createHash('sha256').update(body).digest('hex');
    for (const subscription of this.#listeners.values()) {
      if (!words.has(subscription.parameters['word'] ?? '')) continue;
      const run = await this.#context.startRun(subscription, delivery, { MESSAGE: message });
      this.#context.log('run started', { pipeline: subscription.pipeline, run: run.run_id });
    }
  }

  debug(): object {
    return {
      listening: [...this.#listeners.values()].map(({ pipeline, parameters }) => ({ pipeline, ...parameters })),
    };
  }
}

function keyOf({ namespace, pipeline, id }: SubscriptionName): string {
  return `${namespace}/${pipeline}/${id}`;
}

await serveExtension((context) => new Words(context));
