import { ensureError, ErrorKind, GoferError, invalid, type Problem } from '../core/errors.ts';
import { IDENTIFIER_RULE, isIdentifier, subscriptionKey, type SubscriptionRef } from '../core/ids.ts';
import type { Extension, Subscription } from '../sdk/wire.ts';
import { getExtensionRecord, type ExtensionRecord } from '../store/extensions.ts';
import { getPipeline } from '../store/pipelines.ts';
import {
  changeSubscription,
  deleteSubscription as deleteRecord,
  getSubscription,
  insertSubscription,
  listExtensionSubscriptions,
  listUndispatchedSubscriptions,
  markSubscriptionDispatched,
  markSubscriptionRefused,
  markSubscriptionsListed,
  refOf,
  refuseDuplicate,
} from '../store/subscriptions.ts';
import { BUILTIN_PREFIX, isBuiltinImage } from './builtin/index.ts';
import { planWish } from './builtin/outlook.ts';
import { ExtensionCallError } from './extension-client.ts';
import type { ExtensionDependencies } from './extensions.ts';
import { resolveParameters, type ParameterDependencies } from './subscription-parameters.ts';

const DISPATCH_BATCH = 100;
/** No extension has so many subscriptions. */
const MANY = 100_000;

export type SubscriptionDependencies = ExtensionDependencies & ParameterDependencies;

/**
 * Subscribes a pipeline to an extension, if that takes it.
 *
 * @throws GoferError `invalid` with what is wrong, in the extension's words if they are, `not_found` for pipeline or
 *   extension, `conflict` if it exists or the extension is disabled, `unavailable` if that does not run
 */
export async function createSubscription(
  deps: SubscriptionDependencies,
  ref: SubscriptionRef,
  settings: Readonly<Record<string, string>>,
): Promise<Subscription> {
  if (!isIdentifier(ref.subscription)) {
    const problem = { path: 'subscription_id', value: ref.subscription, message: `must be ${IDENTIFIER_RULE}` };
    throw invalid('the subscription is not valid', [problem]);
  }
  await getPipeline(deps.db, ref);
  const extension = await getExtensionRecord(deps.db, ref.extension);
  if (extension.status !== 'enabled') {
    throw new GoferError(ErrorKind.Conflict, `extension '${ref.extension}' is ${extension.status}`);
  }
  // Before the extension hears of it, which otherwise would have to forget it again.
  await refuseDuplicate(deps.db, ref);
  checkParameters(extension.documentation, settings);
  await offer(deps, extension, ref, settings);
  const created = await insertSubscription(deps.db, ref, settings);
  await confirm(deps, extension, ref);
  return created;
}

/**
 * Switches a subscription on or off, gives it other parameters if there are any, and has the extension know.
 *
 * @throws GoferError `invalid` if the extension does not take the parameters; then nothing has changed
 */
export async function updateSubscription(
  deps: SubscriptionDependencies,
  ref: SubscriptionRef,
  status: 'active' | 'disabled',
  changed?: Readonly<Record<string, string>>,
): Promise<void> {
  const before = await getSubscription(deps.db, ref);
  const extension = await getExtensionRecord(deps.db, ref.extension);
  const isBuiltin = isBuiltinImage(extension.image);
  // A container that does not run now is told when it does.
  const reachable = isBuiltin || deps.containerClients.of(extension) !== undefined;
  const settings = changed ?? before.settings;
  if (changed) checkParameters(extension.documentation, changed);
  if (status === 'active' && reachable) {
    if (before.status !== 'active') await offer(deps, extension, ref, settings);
    else if (changed) await exchange(deps, extension, ref, before.settings, changed);
  }
  if (status === 'disabled' && before.status !== 'disabled') await withdraw(deps, extension, ref);
  await changeSubscription(deps.db, ref, { status, settings });
  if (reachable || status === 'disabled') await confirm(deps, extension, ref);
}

/** Ends a subscription. One that its extension does not know, or cannot be asked about, ends as well. */
export async function deleteSubscription(deps: SubscriptionDependencies, ref: SubscriptionRef): Promise<void> {
  await getSubscription(deps.db, ref);
  const extension = await getExtensionRecord(deps.db, ref.extension);
  await withdraw(deps, extension, ref);
  await deleteRecord(deps.db, ref);
  if (isBuiltinImage(extension.image)) await tellWorkflow(deps, ref);
}

/** Tells the extensions that these subscriptions are gone, whatever they say to that. */
export async function endSubscriptions(
  deps: SubscriptionDependencies,
  refs: readonly SubscriptionRef[],
): Promise<void> {
  for (const ref of refs) {
    try {
      const extension = await getExtensionRecord(deps.db, ref.extension);
      if (isBuiltinImage(extension.image)) await tellWorkflow(deps, ref);
      else await withdraw(deps, extension, ref);
    } catch (error) {
      if (!(error instanceof GoferError)) throw error;
      deps.logger.warn({ err: error, subscription: subscriptionKey(ref) }, 'extension not told of the end');
    }
  }
}

/** Has the workflows of subscriptions look at changes that nobody could tell them of, of one extension or of all. */
export async function dispatchSubscriptions(deps: SubscriptionDependencies, extension?: string): Promise<void> {
  const filter = { imagePrefix: BUILTIN_PREFIX, ...(extension !== undefined && { extension }) };
  for (;;) {
    const batch = await listUndispatchedSubscriptions(deps.db, filter, DISPATCH_BATCH);
    const told = await Promise.all(
      batch.map(async ({ ref }) => {
        const reached = await tellWorkflow(deps, ref);
        if (reached) await markSubscriptionDispatched(deps.db, ref);
        return reached;
      }),
    );
    if (batch.length < DISPATCH_BATCH || told.includes(false)) return;
  }
}

/**
 * Hands to a container what it may not know of: subscriptions that were made or switched on while it could not be told.
 * What it refuses, or what cannot be resolved, says so from then on.
 */
export async function handOver(deps: SubscriptionDependencies, extension: ExtensionRecord): Promise<void> {
  const { id } = extension;
  for (const { ref, settings, status } of await listUndispatchedSubscriptions(deps.db, { extension: id }, MANY)) {
    if (status !== 'active') continue;
    try {
      await offer(deps, extension, ref, settings);
      await confirm(deps, extension, ref);
    } catch (error) {
      if (!(error instanceof GoferError)) throw error;
      if (error.kind === ErrorKind.Unavailable) throw error;
      await markSubscriptionRefused(deps.db, ref, error.message);
    }
  }
}

/** The subscriptions of an extension as itself sees them: only active ones, and with secrets in place of references. */
export async function listForExtension(
  deps: SubscriptionDependencies,
  { id, startId }: ExtensionRecord,
): Promise<readonly Subscription[]> {
  const shown: Subscription[] = [];
  const asked = new Date();
  for (const subscription of await listExtensionSubscriptions(deps.db, id)) {
    if (subscription.status !== 'active') continue;
    const ref = refOf(subscription);
    try {
      shown.push({ ...subscription, settings: await resolveParameters(deps, ref, subscription.settings) });
    } catch (error) {
      if (!(error instanceof GoferError)) throw error;
      await markSubscriptionRefused(deps.db, ref, error.message);
    }
  }
  await markSubscriptionsListed(deps.db, id, startId, asked);
  return shown;
}

/** @throws GoferError if the extension does not take it, or cannot be asked */
async function offer(
  deps: SubscriptionDependencies,
  extension: ExtensionRecord,
  ref: SubscriptionRef,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  if (await planWish(deps, extension, { ref, settings, since: Date.now() })) return;
  const parameters = await resolveParameters(deps, ref, settings);
  await deps.containerClients.call(extension, (client) => client.subscribe(ref, parameters));
}

/** Has the extension take other parameters. A container keeps those that it knows until it has forgotten them. */
async function exchange(
  deps: SubscriptionDependencies,
  extension: ExtensionRecord,
  ref: SubscriptionRef,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Promise<void> {
  await withdraw(deps, extension, ref);
  try {
    await offer(deps, extension, ref, after);
  } catch (error) {
    await offer(deps, extension, ref, before);
    throw error;
  }
}

/** Notes that the extension knows, unless its container is another one by now. */
async function confirm(
  deps: SubscriptionDependencies,
  extension: ExtensionRecord,
  ref: SubscriptionRef,
): Promise<void> {
  if (!isBuiltinImage(extension.image)) await markSubscriptionDispatched(deps.db, ref, extension.startId);
  else if (await tellWorkflow(deps, ref)) await markSubscriptionDispatched(deps.db, ref);
}

/** @throws GoferError `unavailable` if the extension runs, but fails to answer yes or no */
async function withdraw(
  { containerClients }: SubscriptionDependencies,
  extension: ExtensionRecord,
  ref: SubscriptionRef,
): Promise<void> {
  try {
    await containerClients.of(extension)?.unsubscribe(ref);
  } catch (error) {
    if (!(error instanceof ExtensionCallError)) throw error;
    // Some hang up on what they do not know; who does not answer at all is restarted, and is not told of it any more.
    if (error.refused || error.status === undefined) return;
    throw new GoferError(ErrorKind.Unavailable, `extension '${extension.id}': ${error.message}`);
  }
}

async function tellWorkflow(deps: SubscriptionDependencies, ref: SubscriptionRef): Promise<boolean> {
  try {
    await deps.extensionWorkflows.subscriptionChanged(ref);
    return true;
  } catch (error) {
    const subscription = subscriptionKey(ref);
    deps.logger.warn({ err: ensureError(error), subscription }, 'subscription changed, but its workflow not told yet');
    return false;
  }
}

/** @throws GoferError `invalid` that names every required parameter that is missing */
function checkParameters(
  { pipeline_subscription_params: known }: Extension['documentation'],
  settings: Readonly<Record<string, string>>,
): void {
  const problems = known
    .filter(({ key, required }) => required && settings[key] === undefined)
    .map(({ key }): Problem => ({ path: `settings.${key}`, message: 'is required' }));
  if (problems.length > 0) throw invalid('the subscription is not valid', problems);
}
