import type { CheckTarget } from '../../core/builtin/github.ts';
import { GoferError } from '../../core/errors.ts';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import type { CatchUpPolicy, Ticks } from '../../core/schedule/catch-up.ts';
import type { RunStatus } from '../../core/states.ts';
import type { ExtensionDocumentation } from '../../sdk/wire.ts';
import type { ExternalRequest } from '../../store/external-events.ts';
import type { RunEnd } from '../../store/run-ends.ts';
import type { Message } from './messages.ts';

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
  /** When it starts runs, if it does so at certain times. */
  readonly ticks?: BuiltinTicks;
  /** What it does with external events; without this it takes none. */
  readonly events?: BuiltinEvents;
  /** What it does with the ends of runs that its plan watches. */
  readonly runs?: BuiltinRuns;
}

/** When a subscription runs, and what becomes of the times that were missed. */
export interface TickPlan {
  readonly ticks: Ticks;
  readonly policy: CatchUpPolicy;
}

/** @throws GoferError `invalid`, as `plan` does */
export type BuiltinTicks = (subscription: SubscribedPipeline, settings: Values) => TickPlan;

export interface BuiltinEvents {
  /**
   * Decides whether a request is genuine, before it is stored and the sender gets an answer.
   *
   * @throws GoferError `unauthenticated` for a wrong signature, `invalid` for a request that makes no sense
   */
  verify(request: ExternalRequest, settings: Values, subscriptions: readonly SubscribedPipeline[]): void;
  /** What the event means, for those of the subscriptions that it means a run for. */
  match(
    request: ExternalRequest,
    subscriptions: readonly SubscribedPipeline[],
    settings: Values,
  ): readonly EventMatch[];
}

/** Subscriptions with what `read` makes of them; those that are not valid any more are left out. */
export function readable<T>(
  subscriptions: readonly SubscribedPipeline[],
  read: (subscription: SubscribedPipeline) => T,
): readonly { readonly subscription: SubscribedPipeline; readonly wanted: T }[] {
  return subscriptions.flatMap((subscription) => {
    try {
      return [{ subscription, wanted: read(subscription) }];
    } catch (error) {
      if (error instanceof GoferError) return [];
      throw error;
    }
  });
}

/** A run that an external event means. */
export interface EventMatch {
  readonly subscription: SubscribedPipeline;
  readonly variables: Values;
  /** Tells this run from all others of the subscription; without it, every event that is stored is another one. */
  readonly identity?: string;
  /** The commit at which the run is to be shown. */
  readonly check?: CheckTarget;
}

export interface BuiltinRuns {
  /** How many runs before the one that ended it wants to know about. */
  readonly history: number;
  /** @param before how those ended, the latest first, without those that were cancelled */
  react(subscription: SubscribedPipeline, settings: Values, run: RunEnd, before: readonly RunStatus[]): Reaction;
}

/** What the end of a run leads to. */
export type Reaction =
  | { readonly kind: 'nothing' }
  /** A run, unless more runs than that have started one another. */
  | { readonly kind: 'run'; readonly variables: Values; readonly maxChain: number }
  | { readonly kind: 'messages'; readonly messages: readonly Message[] };
