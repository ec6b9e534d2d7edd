import type { ExtensionDocumentation } from '../wire.ts';

/** Names a pipeline's subscription to this extension. */
export interface SubscriptionName {
  readonly namespace: string;
  readonly pipeline: string;
  readonly id: string;
}

/** A pipeline's wish to be started by this extension. */
export interface Subscription extends SubscriptionName {
  /** By the keys of `documentation.pipeline_subscription_params`; references to secrets are resolved. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A request from outside that came in for this extension. */
export interface ExternalEvent {
  /** Lower-case names to values. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they came, so that signatures can be checked. */
  readonly body: Buffer;
}

/**
 * What somebody who writes an extension implements. Every method may throw a `Refusal`, whose message reaches the person
 * who asked; whatever else is thrown is a fault of the extension.
 */
export interface Extension {
  readonly documentation: ExtensionDocumentation;
  /** Takes a subscription on. Called again, with other parameters, when it changes. */
  subscribe(subscription: Subscription): void | Promise<void>;
  /** Lets go of one that was taken on. */
  unsubscribe(subscription: SubscriptionName): void | Promise<void>;
  /** Without this, external events are taken and forgotten. Refused ones are given up, faults are tried again. */
  externalEvent?(event: ExternalEvent): void | Promise<void>;
  /** What operators may like to know about its inner state. */
  debug?(): object | Promise<object>;
  /** Called once before the container is stopped. */
  shutdown?(): void | Promise<void>;
}

/** Says no, in words for people. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
