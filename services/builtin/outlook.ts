import { invalid, GoferError } from '../../core/errors.ts';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import { subscriptionKey, type SubscriptionRef } from '../../core/ids.ts';
import { parseReference } from '../../core/interpolation.ts';
import type { Subscription } from '../../sdk/wire.ts';
import type { Database } from '../../store/client.ts';
import { findExtensionRecord, type ExtensionRecord } from '../../store/extensions.ts';
import { findSubscribed, getSubscription, refOf, type SubscriptionRecord } from '../../store/subscriptions.ts';
import { findLastRuns } from '../../store/triggered-runs.ts';
import { authorise, partsVisibleTo } from '../access.ts';
import { openSettings } from '../extension-settings.ts';
import type { Sealer } from '../sealing.ts';
import { resolveParameters, type ParameterDependencies } from '../subscription-parameters.ts';
import type { Caller } from '../tokens.ts';
import type { SubscribedPipeline, Values } from './contract.ts';
import { findBuiltin } from './index.ts';

const NEXT_TICKS = 5;

type OutlookDependencies = ParameterDependencies & { readonly sealer: Sealer };

/** What is known about a subscription, be it stored or only wished for. */
export type Wish = Pick<SubscriptionRecord, 'ref' | 'settings' | 'since'>;

/**
 * Does something with a subscription as its kind sees it.
 *
 * @throws GoferError what `work` throws, but without the values that references stand for
 */
export async function withParameters<T>(
  deps: ParameterDependencies,
  { ref, settings, since }: Wish,
  work: (subscription: SubscribedPipeline) => T,
): Promise<T> {
  const { namespace, pipeline, subscription } = ref;
  const parameters = await resolveParameters(deps, ref, settings);
  try {
    return work({ namespace, pipeline, subscription, parameters, since });
  } catch (error) {
    throw error instanceof GoferError ? withoutSecrets(error, settings) : error;
  }
}

/** Whoever may subscribe may not, by a mistake, be told a secret that they cannot read. */
function withoutSecrets(error: GoferError, settings: Values): GoferError {
  const isReference = (key: string) => parseReference(settings[key] ?? '') !== undefined;
  if (!error.problems.some(({ path }) => isReference(path))) return error;
  const problems = error.problems.map((problem) =>
    isReference(problem.path)
      ? { path: problem.path, message: `${settings[problem.path]} is not valid here` }
      : problem,
  );
  return invalid('the parameters are not valid', problems);
}

/** What a subscription to a built-in extension would do; nothing if the extension is no such. */
export async function planWish(
  deps: OutlookDependencies,
  extension: ExtensionRecord,
  wish: Wish,
): Promise<SubscriptionPlan | undefined> {
  const builtin = findBuiltin(extension.image);
  if (!builtin) return undefined;
  const settings = openSettings(deps.sealer, extension);
  return withParameters(deps, wish, (subscription) => builtin.plan(subscription, settings));
}

/** @throws GoferError `forbidden` if the subscription would watch runs that the caller may not read */
export async function requireMayWatch(
  deps: OutlookDependencies,
  caller: Caller,
  ref: SubscriptionRef,
  settings: Values,
): Promise<void> {
  const extension = await findExtensionRecord(deps.db, ref.extension);
  if (!extension) return;
  // What is not valid is refused by whoever makes the subscription, once the other conditions are met.
  const plan = await planWish(deps, extension, { ref, settings, since: Date.now() }).catch((error: unknown) => {
    if (!(error instanceof GoferError)) throw error;
  });
  if (plan?.kind !== 'runs') return;
  const { namespace, pipeline } = plan.watches;
  const resources = [
    { name: 'namespaces', id: namespace },
    { name: 'pipelines', id: pipeline },
    { name: 'runs' },
  ] as const;
  await authorise(deps.db, caller, { resources, action: 'read', adminOnly: false });
}

/** Adds the newest run that each subscription started, as far as the caller may read runs. */
export async function withLastRuns(
  db: Database,
  caller: Caller,
  subscriptions: readonly Subscription[],
): Promise<Subscription[]> {
  const visible = await partsVisibleTo(db, caller, 'runs');
  const runs = await findLastRuns(db, subscriptions.map(refOf).filter(visible));
  return subscriptions.map((subscription) => {
    const run = runs.get(subscriptionKey(refOf(subscription)));
    return run ? { ...subscription, last_run: run } : subscription;
  });
}

/** One subscription, with the next times at which it runs. */
export async function describeSubscription(deps: OutlookDependencies, ref: SubscriptionRef): Promise<Subscription> {
  const shown = await getSubscription(deps.db, ref);
  const found = shown.status === 'active' ? await findSubscribed(deps.db, ref) : undefined;
  const ticks = found && findBuiltin(found.extension.image)?.ticks;
  if (!found || !ticks || found.extension.status !== 'enabled') return shown;
  const settings = openSettings(deps.sealer, found.extension);
  try {
    const plan = await withParameters(deps, found.subscription, (subscription) => ticks(subscription, settings).ticks);
    return { ...shown, next: nextTimes(plan, Date.now()) };
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    return shown;
  }
}

function nextTimes(
  { next, delay }: { next: (after: number) => number | undefined; delay: (tick: number) => number },
  now: number,
) {
  const times: number[] = [];
  for (let tick = next(now); tick !== undefined && times.length < NEXT_TICKS; tick = next(tick)) {
    times.push(Math.round(tick + delay(tick)));
  }
  return times;
}
