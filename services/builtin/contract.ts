import type { SubscriptionPlan } from '../../core/extensions.ts';
import type { ExtensionDocumentation } from '../../sdk/wire.ts';
import type { ExternalRequest } from '../../store/external-events.ts';

/** Settings or parameters, by their keys. References to secrets are resolved already. */
export type Values = Readonly<Record<string, string>>;

/** A subscription as its kind sees it. */
export interface SubscribedPipeline {
  readonly namespace: string;
  readonly pipeline: string;
  readonly subscription: string;
  readonly parameters: Values;
  /** When it was made or last changed, in ms since the epoch. */
  readonly since: number;
}

/** An extension that needs no container: its image is `builtin/<kind>`. */
export interface BuiltinExtension {
  readonly kind: string;
  /** Whether an installation has it from the start, under its kind as the id. */
  readonly standard: boolean;
  readonly documentation: ExtensionDocumentation;
  /** @throws GoferError `invalid` for settings that it cannot run with */
  checkSettings(settings: Values): void;
  /**
   * What the workflow of a subscription is to do. Also the check of its parameters when it is made.
   *
   * @throws GoferError `invalid` that says what is wrong with them
   */
  plan(subscription: SubscribedPipeline, settings: Values): SubscriptionPlan;
  /** What it does with external events; without this it takes none. */
  readonly events?: BuiltinEvents;
}

export interface BuiltinEvents {
  /**
   * Decides whether a request is genuine, before it is stored and the sender gets an answer.
   *
   * @throws GoferError `unauthenticated` for a wrong signature, `invalid` for a request that makes no sense
   */
  verify(request: ExternalRequest, settings: Values, subscriptions: readonly SubscribedPipeline[]): void;
  /** The subscriptions for which the event means a run, each with the variables of that run. */
  match(
    request: ExternalRequest,
    subscriptions: readonly SubscribedPipeline[],
    settings: Values,
  ): ReadonlyMap<SubscribedPipeline, Values>;
}
