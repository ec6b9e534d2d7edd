import type { Chore, ChoreReport } from '../core/chores.ts';
import type { ExtensionEnd, ExtensionWish, ReportedRun, SignalledRun, SubscriptionPlan } from '../core/extensions.ts';
import type { RunRef, SubscriptionRef, TaskRef } from '../core/ids.ts';
import type { EncodedGraph } from '../core/graph.ts';
import type { TaskEnd } from '../core/outcomes.ts';
import type { RunOutcome, TaskOutcome } from '../core/states.ts';

/**
 * What the run workflow asks of the outside world. Arguments and results carry ids and outcomes only: everything passes
 * through a Temporal history, which is neither secret nor large.
 */
export interface RunActivities {
  /**
   * Moves the run from pending to running, creates its task executions and returns their dependencies, unless limits make
   * it wait. Repeatable.
   */
  beginRun(run: RunRef): Promise<BegunRun>;
  /** What of a run that has begun is still to be walked. */
  readGraph(run: RunRef): Promise<EncodedGraph>;
  /**
   * Sees one attempt at a task through, from pull to removal, or finds the container that an earlier try left, and records
   * how it ended.
   */
  superviseTask(task: TaskRef): Promise<AttemptEnd>;
  /** Records the end of tasks that never got a container. Repeatable; tasks that have ended already are left alone. */
  completeTasks(run: RunRef, ends: readonly TaskEnd[]): Promise<void>;
  /** Notes that the workflow itself stops its run, and wakes the supervisors of its containers. Repeatable. */
  stopRun(run: RunRef, why: 'cancelled' | 'timed_out'): Promise<void>;
  /** Removes whatever containers the run has left, then records how it ended. Repeatable. */
  completeRun(run: RunRef): Promise<RunOutcome>;
}

export type BegunRun =
  | { readonly admitted: false; readonly cancelRequested: boolean }
  | {
      readonly admitted: true;
      readonly graph: EncodedGraph;
      /** When it has to be over, in milliseconds since the epoch; absent if it may take any time. */
      readonly deadline?: number;
    };

export type AttemptEnd =
  | { readonly kind: 'ended'; readonly outcome: TaskOutcome }
  /** It failed, and there is to be another attempt after so many milliseconds. */
  | { readonly kind: 'again'; readonly inMs: number };

/** What the workflows of extensions and of subscriptions ask of the outside world. Again ids only. */
export interface ExtensionActivities {
  /**
   * What is to be done about an extension now, according to its record. Subscriptions whose workflows may not know of their
   * last change are told; with `fresh` all of them, because whoever lost the extension's workflow may have lost theirs.
   */
  readExtension(extension: string, fresh: boolean): Promise<ExtensionWish>;
  /**
   * Keeps one container of an extension: finds or makes it, waits until it is well, hands it its subscriptions, and stays
   * with it until it ends, is ill, or this is cancelled, which stops it.
   */
  superviseExtension(extension: string, revision: string): Promise<ExtensionEnd>;
  /** Removes whatever containers an extension has left, and notes that it does not run. Repeatable. */
  clearExtension(extension: string): Promise<void>;
  /** Hands the events that are due to the container or the subscriptions. Returns in how many ms to call again, if so. */
  passEvents(extension: string): Promise<number | undefined>;
  /** Starts a run that a program asked for by a signal. Returns its number, or nothing if it could not be started. */
  startSignalledRun(extension: string, run: SignalledRun): Promise<number | undefined>;
}

/** What subscriptions to built-in extensions need, and the clock that they share. */
export interface SubscriptionActivities {
  /** What the workflow of a subscription to a built-in extension is to do now, according to its record. */
  planSubscription(ref: SubscriptionRef): Promise<SubscriptionPlan>;
  /** Starts the run that an external event means for a subscription, if it means one, once. Returns its number. */
  handleEvent(ref: SubscriptionRef, event: string): Promise<number | undefined>;
  /** Records the runs of an extension's subscriptions when it is time for them, until this is cancelled. */
  serveTicks(extension: string): Promise<void>;
  /**
   * Does what a subscription does when a run that it watches has ended: starts another run, once, or says how many
   * messages are to be delivered. Repeatable.
   */
  handleEnd(ref: SubscriptionRef, ended: RunRef): Promise<number>;
  /** Delivers one of the messages about the end of a run. */
  deliverMessage(ref: SubscriptionRef, ended: RunRef, index: number): Promise<void>;
  /** Notes that a message could not be delivered. */
  giveUpMessage(ref: SubscriptionRef, ended: RunRef, why: string): Promise<void>;
  /** Shows a run at its commit on GitHub. Returns the id of the check run; nothing if there is nothing to show. Repeatable. */
  createCheck(reported: ReportedRun): Promise<number | undefined>;
  /** Shows how the run ended. Returns false if it is not over. Repeatable. */
  completeCheck(reported: ReportedRun, check: number): Promise<boolean>;
}

/** What the maintenance workflow asks of the outside world. */
export interface MaintenanceActivities {
  /** Does one batch of a chore. Repeatable. */
  doChore(chore: Chore): Promise<ChoreReport>;
}

export type Activities = RunActivities & MaintenanceActivities & ExtensionActivities & SubscriptionActivities;
