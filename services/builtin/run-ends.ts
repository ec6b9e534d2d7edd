import { GoferError } from '../../core/errors.ts';
import type { WatchedEnd } from '../../core/extensions.ts';
import { pipelineKeyOf, runKey, type RunRef, type SubscriptionRef } from '../../core/ids.ts';
import {
  findChainDepth,
  findRunEnd,
  listEndsBefore,
  listReportedRuns,
  listWatchers,
  readRunEnds,
} from '../../store/run-ends.ts';
import { noteOnSubscription } from '../../store/subscriptions.ts';
import { github } from './github.ts';
import { builtinImage } from './index.ts';
import { deliver, type Message } from './messages.ts';
import { findActive, startRunOf, subscribedPipeline, type Active, type BuiltinDependencies } from './subscriptions.ts';
import type { Reaction } from './contract.ts';

/** See `SubscriptionActivities.handleEnd`. */
export async function handleEnd(deps: BuiltinDependencies, ref: SubscriptionRef, ended: RunRef): Promise<number> {
  const found = await reactionTo(deps, ref, ended);
  if (!found) return 0;
  const { active, reaction } = found;
  if (reaction.kind === 'messages') return reaction.messages.length;
  if (reaction.kind === 'nothing') return 0;
  const depth = (await findChainDepth(deps.db, ended)) + 1;
  const identity = `run:${runKey(ended)}`;
  if (depth > reaction.maxChain) {
    const description = `no run for ${identity}: ${depth - 1} runs have started one another, which looks like a loop`;
    await noteOnSubscription(deps.db, ref, { reason: 'failed', description });
    return 0;
  }
  await startRunOf(deps, active, identity, reaction.variables, depth);
  return 0;
}

/**
 * Delivers one of the messages about the end of a run.
 *
 * @throws Error if the receiver does not take it
 */
export async function deliverMessage(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  ended: RunRef,
  index: number,
): Promise<void> {
  const message = await messageAbout(deps, ref, ended, index);
  if (!message) return;
  await deliver(message);
  await noteOnSubscription(deps.db, ref, undefined);
}

/** Notes that a message could not be delivered, however often it was tried. */
export async function giveUpMessage(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  ended: RunRef,
  why: string,
): Promise<void> {
  const description = `no message about run ${runKey(ended)}: ${why}`;
  await noteOnSubscription(deps.db, ref, { reason: 'failed', description });
}

async function messageAbout(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  ended: RunRef,
  index: number,
): Promise<Message | undefined> {
  const { reaction } = (await reactionTo(deps, ref, ended)) ?? {};
  return reaction?.kind === 'messages' ? reaction.messages[index] : undefined;
}

async function reactionTo(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  ended: RunRef,
): Promise<{ readonly active: Active; readonly reaction: Reaction } | undefined> {
  const [active, run] = await Promise.all([findActive(deps, ref), findRunEnd(deps.db, ended)]);
  const runs = active?.builtin.runs;
  if (!active || !runs || !run) return undefined;
  const before = runs.history > 0 ? await listEndsBefore(deps.db, ended, runs.history) : [];
  try {
    const subscribed = await subscribedPipeline(deps, active.subscription);
    return { active, reaction: runs.react(subscribed, active.settings, run, before) };
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    await noteOnSubscription(deps.db, ref, { reason: 'failed', description: error.message });
    return undefined;
  }
}

/** How many events are looked at together. */
const BATCH = 200;

/** Tells the subscriptions that watch pipelines, and the reports of runs, of the ends that nobody has told them of. */
export async function dispatchRunEnds(deps: BuiltinDependencies): Promise<void> {
  const tell = async (ends: readonly WatchedEnd[]) => {
    const [watchers, reported] = await Promise.all([
      listWatchers(deps.db, [...new Set(ends.map(({ run }) => pipelineKeyOf(run)))]),
      listReportedRuns(
        deps.db,
        ends.map(({ run }) => run),
        builtinImage(github),
      ),
    ]);
    for (const end of ends) {
      for (const { ref, watches } of watchers) {
        if (watches === pipelineKeyOf(end.run)) await deps.extensionWorkflows.watchedEnd(ref, end);
      }
    }
    for (const run of reported) await deps.extensionWorkflows.reportedEnd(run);
  };
  while ((await readRunEnds(deps.db, BATCH, tell)) === BATCH);
}
