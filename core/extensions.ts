import type { CheckTarget } from './builtin/github.ts';
import type { RunRef, SubscriptionRef } from './ids.ts';

/** What is to be done about an extension. */
export type ExtensionWish =
  /** It is not installed any more. */
  | { readonly kind: 'gone' }
  /** It is switched off. */
  | { readonly kind: 'disabled' }
  /** Its subscriptions have workflows of their own, and need no container; but maybe somebody who looks at the clock. */
  | { readonly kind: 'builtin'; readonly ticks: boolean }
  /** It is to have a container. Another revision means another container. */
  | { readonly kind: 'container'; readonly revision: string };

/** Why a supervisor left the container of an extension. */
export interface ExtensionEnd {
  /** For people: how it ended, or why it did not start. */
  readonly reason: string;
  /** For how many ms it was well. */
  readonly wellMs: number;
  /** Whether that is what the record asked for. */
  readonly stopped: boolean;
}

/** The signal by which it asks. */
export const START_RUN_SIGNAL = 'start_run';

/** A run that a program asks an extension to start, by a signal to its workflow. */
export interface SignalledRun {
  readonly namespace: string;
  readonly pipeline: string;
  /** Tells this run from all others of the extension and pipeline: asking again with the same one starts nothing. */
  readonly identity: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Whether a signal has what a run needs: anybody who reaches Temporal can send anything. */
export function isSignalledRun(value: unknown): value is SignalledRun {
  if (typeof value !== 'object' || value === null) return false;
  const { namespace, pipeline, identity, variables = {} } = value as Readonly<Record<string, unknown>>;
  const isText = (it: unknown) => typeof it === 'string';
  if (![namespace, pipeline, identity].every(isText)) return false;
  return typeof variables === 'object' && variables !== null && Object.values(variables).every(isText);
}

/**
 * What the workflow of a subscription is to do. It passes through histories, so it has no secrets in it. Each kind has its
 * behaviour in workflows/extension/behaviours.ts.
 */
export type SubscriptionPlan =
  /** It is not there any more: end. */
  | { readonly kind: 'gone' }
  /** It or its extension is switched off, or its parameters are not valid: wait for a change. */
  | { readonly kind: 'idle' }
  /** Start runs on external events. */
  | { readonly kind: 'events' }
  /** Start runs at certain times, which the extension's workflow sees to. */
  | { readonly kind: 'ticks' }
  /** Act on the ends of runs of a pipeline. */
  | { readonly kind: 'runs'; readonly watches: { readonly namespace: string; readonly pipeline: string } };

const RESTART_FIRST_MS = 1_000;
const RESTART_LIMIT_MS = 300_000;
/** Whoever was well for so long starts over with the shortest pause. */
const WELL_MS = 600_000;

/**
 * How to go on after a container has ended: the pause until the next start doubles with each one in a row, from one second
 * to five minutes.
 */
export function nextRestart(
  failuresBefore: number,
  wellMs: number,
): { readonly failures: number; readonly pauseMs: number } {
  const failures = wellMs >= WELL_MS ? 1 : failuresBefore + 1;
  return { failures, pauseMs: Math.min(RESTART_FIRST_MS * 2 ** (failures - 1), RESTART_LIMIT_MS) };
}

/** The labels that all containers of an extension carry and no other container does. */
export function extensionLabels(instance: string, extension: string): Record<string, string> {
  return { 'gofer.instance': instance, 'gofer.extension': extension };
}

/** The queue of those who look at the clock, beside the one of everything else. */
export function tickQueue(taskQueue: string): string {
  return `${taskQueue}-ticks`;
}

/** The end of a run, and its place in the event stream: a number that only grows. */
export interface WatchedEnd {
  readonly position: number;
  readonly run: RunRef;
}

/** A run that is shown at a commit on GitHub. */
export interface ReportedRun {
  readonly subscription: SubscriptionRef;
  readonly run: number;
  readonly target: CheckTarget;
}
