import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import type { SubscriptionRef } from '../../core/ids.ts';
import { findExternalEvent, type StoredRequest } from '../../store/external-events.ts';
import type { ExtensionRecord } from '../../store/extensions.ts';
import {
  findSubscribed,
  listSubscribed,
  markSubscriptionRefused,
  noteOnSubscription,
  type SubscriptionRecord,
} from '../../store/subscriptions.ts';
import { initiatorOf, openSettings } from '../extension-settings.ts';
import type { ExtensionWorkflows } from '../extension-workflows.ts';
import { resolveParameters, type ParameterDependencies } from '../subscription-parameters.ts';
import { startTriggeredRun, type StartDependencies } from '../runs.ts';
import type { BuiltinExtension, SubscribedPipeline, Values } from './contract.ts';
import { findBuiltin } from './index.ts';

export type BuiltinDependencies = StartDependencies &
  ParameterDependencies & { readonly extensionWorkflows: ExtensionWorkflows };

/** A subscription that is switched on, of an extension that is. */
interface Active {
  readonly builtin: BuiltinExtension;
  readonly settings: Values;
  readonly extension: ExtensionRecord;
  readonly subscription: SubscriptionRecord;
}

/** See `ExtensionActivities.planSubscription`. What is wrong with the subscription is noted there. */
export async function planSubscription(deps: BuiltinDependencies, ref: SubscriptionRef): Promise<SubscriptionPlan> {
  const found = await findSubscribed(deps.db, ref);
  if (!found) return { kind: 'gone' };
  const active = activeOf(deps, found);
  if (!active) return { kind: 'idle' };
  try {
    return active.builtin.plan(await subscribedPipeline(deps, active.subscription), active.settings);
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    await markSubscriptionRefused(deps.db, ref, error.message);
    return { kind: 'idle' };
  }
}

/** See `ExtensionActivities.startSubscribedRun`. */
export async function startSubscribedRun(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  identity: string,
  variables: Values,
): Promise<number | undefined> {
  const found = await findSubscribed(deps.db, ref);
  const active = found && activeOf(deps, found);
  return active && startRunOf(deps, active, identity, variables);
}

/** See `ExtensionActivities.handleEvent`. */
export async function handleEvent(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  event: string,
): Promise<number | undefined> {
  const [found, request] = await Promise.all([findSubscribed(deps.db, ref), findExternalEvent(deps.db, event)]);
  const active = found && activeOf(deps, found);
  if (!active || !request) return undefined;
  const pipeline = await subscribedPipeline(deps, active.subscription);
  const variables = active.builtin.events?.match(request, [pipeline], active.settings).get(pipeline);
  return variables && startRunOf(deps, active, `event:${event}`, variables);
}

/** Tells the subscriptions that an external event means something for. Repeatable. */
export async function routeEvent(
  deps: BuiltinDependencies,
  extension: ExtensionRecord,
  event: StoredRequest,
): Promise<void> {
  const { events } = findBuiltin(extension.image) ?? {};
  if (!events) return;
  const pipelines = new Map(await subscribedPipelines(deps, extension.id));
  const settings = openSettings(deps.sealer, extension);
  for (const pipeline of events.match(event, [...pipelines.keys()], settings).keys()) {
    const ref = pipelines.get(pipeline);
    if (ref) await deps.extensionWorkflows.eventArrived(ref, event.id);
  }
}

/** The active subscriptions of an extension; one whose secrets cannot be resolved is left out, and tells so. */
export async function subscribedPipelines(
  deps: ParameterDependencies,
  extension: string,
): Promise<readonly (readonly [SubscribedPipeline, SubscriptionRef])[]> {
  const found: (readonly [SubscribedPipeline, SubscriptionRef])[] = [];
  for (const record of await listSubscribed(deps.db, extension)) {
    try {
      found.push([await subscribedPipeline(deps, record), record.ref]);
    } catch (error) {
      if (!(error instanceof GoferError)) throw error;
      await markSubscriptionRefused(deps.db, record.ref, error.message);
    }
  }
  return found;
}

function activeOf(
  { sealer }: BuiltinDependencies,
  { extension, subscription }: { readonly extension: ExtensionRecord; readonly subscription: SubscriptionRecord },
): Active | undefined {
  const builtin = findBuiltin(extension.image);
  if (!builtin || extension.status !== 'enabled' || subscription.status !== 'active') return undefined;
  return { builtin, settings: openSettings(sealer, extension), extension, subscription };
}

async function startRunOf(
  deps: BuiltinDependencies,
  { extension, subscription: { ref } }: Active,
  identity: string,
  variables: Values,
): Promise<number | undefined> {
  const trigger = { source: `${ref.extension}/${ref.subscription}`, identity };
  try {
    const run = await startTriggeredRun(deps, ref, initiatorOf(extension), trigger, variables);
    await noteOnSubscription(deps.db, ref, undefined);
    return run.run_id;
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    const reason = error.kind === ErrorKind.NotFound ? 'not_found' : 'failed';
    await noteOnSubscription(deps.db, ref, { reason, description: `no run for ${identity}: ${error.message}` });
    return undefined;
  }
}

async function subscribedPipeline(
  deps: ParameterDependencies,
  { ref, settings, since }: SubscriptionRecord,
): Promise<SubscribedPipeline> {
  const { namespace, pipeline, subscription } = ref;
  return { namespace, pipeline, subscription, parameters: await resolveParameters(deps, ref, settings), since };
}
