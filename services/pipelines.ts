import type { ObjectStore } from '../backends/objects/contract.ts';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { runTokenRole } from '../core/system-roles.ts';
import { deleteNamespace as deleteNamespaceRecords } from '../store/namespaces.ts';
import { deletePipeline as deletePipelineRecords, type PipelineRef } from '../store/pipelines.ts';
import { deleteSystemRoles } from '../store/roles.ts';
import { listLiveRuns } from '../store/runs.ts';
import { listSecretRecords } from '../store/secrets.ts';
import { listSubscriptionRefs } from '../store/subscriptions.ts';
import { removeReleasedBytes } from './blob-removals.ts';
import { cancelRun, type RunDependencies } from './runs.ts';
import { forgetSecrets } from './secrets.ts';
import { endSubscriptions, type SubscriptionDependencies } from './subscriptions.ts';
import type { Caller } from './tokens.ts';

export type DeletionDependencies = RunDependencies &
  SubscriptionDependencies & { readonly objects: ObjectStore; readonly secrets: SecretStore };

/** Deletes a pipeline with everything below it. What of it still runs is cancelled. */
export async function deletePipeline(deps: DeletionDependencies, ref: PipelineRef, caller: Caller): Promise<void> {
  await cancelRuns(deps, caller, ref.namespace, ref.pipeline);
  const subscriptions = await listSubscriptionRefs(deps.db, ref.namespace, ref.pipeline);
  const secrets = await listSecretRecords(deps.db, ref.namespace, ref.pipeline);
  await deletePipelineRecords(deps.db, ref);
  await endSubscriptions(deps, subscriptions);
  await deleteSystemRoles(deps.db, runTokenRole(ref.namespace, ref.pipeline).id);
  await removeReleasedBytes(deps);
  await forgetSecrets(deps, secrets);
}

/** Deletes a namespace with everything below it. What of it still runs is cancelled. */
export async function deleteNamespace(deps: DeletionDependencies, id: string, caller: Caller): Promise<void> {
  await cancelRuns(deps, caller, id);
  const subscriptions = await listSubscriptionRefs(deps.db, id);
  const secrets = await listSecretRecords(deps.db, id);
  await deleteNamespaceRecords(deps.db, id);
  await endSubscriptions(deps, subscriptions);
  await deleteSystemRoles(deps.db, runTokenRole(id, '').id);
  await removeReleasedBytes(deps);
  await forgetSecrets(deps, secrets);
}

async function cancelRuns(
  deps: DeletionDependencies,
  caller: Caller,
  namespace: string,
  pipeline?: string,
): Promise<void> {
  for (const run of await listLiveRuns(deps.db, namespace, pipeline)) await cancelRun(deps, run, caller);
}
