import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import { pipelineKeyOf, type SubscriptionRef } from '../../core/ids.ts';
import { findExternalEvent, type StoredRequest } from '../../store/external-events.ts';
import type { Run } from '../../sdk/wire.ts';
import type { ExtensionRecord } from '../../store/extensions.ts';
import {
  findSubscribed,
  listSubscribed,
  markSubscriptionRefused,
  noteOnSubscription,
  type SubscriptionRecord,
} from '../../store/subscriptions.ts';
import { setExpectation } from '../../store/ticks.ts';
import { triggerSource } from '../../store/triggered-runs.ts';
import { initiatorOf, openSettings } from '../extension-settings.ts';
import type { ExtensionWorkflows } from '../extension-workflows.ts';
import type { ParameterDependencies } from '../subscription-parameters.ts';
import { recordTriggeredRun, startTriggeredRun, type StartDependencies } from '../runs.ts';
import type { BuiltinExtension, SubscribedPipeline, Values } from './contract.ts';
import { findBuiltin } from './index.ts';
import { withParameters } from './outlook.ts';

export type BuiltinDependencies = StartDependencies &
  ParameterDependencies & { readonly extensionWorkflows: ExtensionWorkflows };

/** A subscription that is switched on, of an extension that is. */
export interface Active {
  readonly builtin: BuiltinExtension;
  readonly settings: Values;
  readonly extension: ExtensionRecord;
  readonly subscription: SubscriptionRecord;
}

/** See `SubscriptionActivities.planSubscription`. What is wrong with the subscription is noted there. */
export async function planSubscription(deps: BuiltinDependencies, ref: SubscriptionRef): Promise<SubscriptionPlan> {
  const found = await findSubscribed(deps.db, ref);
  if (!found) return { kind: 'gone' };
  const plan = await planOf(deps, activeOf(deps, found));
  const watches = plan.kind === 'runs' ? pipelineKeyOf(plan.watches) : undefined;
  const expectation = { ticks: plan.kind === 'ticks', ...(watches !== undefined && { watches }) };
  await setExpectation(deps.db, ref, expectation, new Date());
  return plan;
}

async function planOf(deps: BuiltinDependencies, active: Active | undefined): Promise<SubscriptionPlan> {
  if (!active) return { kind: 'idle' };
  const { builtin, subscription, settings } = active;
  try {
    return await withParameters(deps, subscription, (subscribed) => builtin.plan(subscribed, settings));
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    await markSubscriptionRefused(deps.db, subscription.ref, error.message);
    return { kind: 'idle' };
  }
}

/** See `SubscriptionActivities.handleEvent`. */
export async function handleEvent(
  deps: BuiltinDependencies,
  ref: SubscriptionRef,
  event: string,
): Promise<number | undefined> {
  const [active, request] = await Promise.all([findActive(deps, ref), findExternalEvent(deps.db, event)]);
  if (!active || !request) return undefined;
  const pipeline = await subscribedPipeline(deps, active.subscription);
  const [match] = active.builtin.events?.match(request, [pipeline], active.settings) ?? [];
  if (!match) return undefined;
  const run = await startRunOf(deps, active, match.identity ?? `event:${event}`, match.variables);
  if (run !== undefined && match.check) await deps.extensionWorkflows.reportRun(ref, run, match.check);
  return run;
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
  for (const { subscription } of events.match(event, [...pipelines.keys()], settings)) {
    const ref = pipelines.get(subscription);
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

/** Nothing if the subscription is gone or switched off, or its extension is. */
export async function findActive(deps: BuiltinDependencies, ref: SubscriptionRef): Promise<Active | undefined> {
  const found = await findSubscribed(deps.db, ref);
  return found && activeOf(deps, found);
}

function activeOf(
  { sealer }: BuiltinDependencies,
  { extension, subscription }: { readonly extension: ExtensionRecord; readonly subscription: SubscriptionRecord },
): Active | undefined {
  const builtin = findBuiltin(extension.image);
  if (!builtin || extension.status !== 'enabled' || subscription.status !== 'active') return undefined;
  return { builtin, settings: openSettings(sealer, extension), extension, subscription };
}

/** Starts a run of an active subscription, once for each identity. Why there is none, the subscription tells. */
export async function startRunOf(
  deps: BuiltinDependencies,
  active: Active,
  identity: string,
  variables: Values,
  depth = 0,
): Promise<number | undefined> {
  const trigger = { source: triggerSource(active.subscription.ref), identity, depth };
  return tellingWhyNot(deps, active, identity, () =>
    startTriggeredRun(deps, active.subscription.ref, initiatorOf(active.extension), trigger, variables),
  );
}

/** Like `startRunOf`, but leaves starting the workflow of the run to `dispatchTriggeredRuns`. */
export async function recordRunOf(
  deps: BuiltinDependencies,
  active: Active,
  identity: string,
): Promise<number | undefined> {
  const trigger = { source: triggerSource(active.subscription.ref), identity };
  return tellingWhyNot(deps, active, identity, async () => {
    const { ref } = active.subscription;
    return (await recordTriggeredRun(deps, ref, initiatorOf(active.extension), trigger, {})).run;
  });
}

async function tellingWhyNot(
  { db }: BuiltinDependencies,
  { subscription: { ref, note } }: Active,
  identity: string,
  start: () => Promise<Run>,
): Promise<number | undefined> {
  try {
    const run = await start();
    if (note) await noteOnSubscription(db, ref, undefined);
    return run.run_id;
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    const reason = error.kind === ErrorKind.NotFound ? 'not_found' : 'failed';
    await noteOnSubscription(db, ref, { reason, description: `no run for ${identity}: ${error.message}` });
    return undefined;
  }
}

export function subscribedPipeline(
  deps: ParameterDependencies,
  record: SubscriptionRecord,
): Promise<SubscribedPipeline> {
  return withParameters(deps, record, (subscription) => subscription);
}
