import type { ChoreReport } from '../core/chores.ts';
import type { SubscriptionRef, TaskRef } from '../core/ids.ts';
import type { SecretName } from '../core/secrets.ts';
import type { AuditEvent } from '../sdk/wire.ts';
import { deleteAuditBefore, recordAudit } from '../store/audit.ts';
import type { Database } from '../store/client.ts';
import { extensionUser } from './extension-settings.ts';
import type { Caller } from './tokens.ts';

/** Who does something with a secret: the holder of a token, or a task or a subscription for which it is read. */
export type Actor =
  | { readonly caller: Caller }
  | { readonly task: TaskRef }
  | { readonly subscription: SubscriptionRef };

/** What is done with the value of a secret. */
export type SecretAction = 'read_secret' | 'put_secret' | 'delete_secret';

/** So many rows go at once, so that nobody waits long for a lock. */
const BATCH = 1_000;

/** Records what somebody does with a secret. It comes before the value is handed out: nobody reads one unrecorded. */
export async function auditSecret(db: Database, actor: Actor, action: SecretAction, name: SecretName): Promise<void> {
  const { key, pipeline } = name;
  const secret = pipeline ? { key, namespace_id: pipeline.namespace, pipeline_id: pipeline.pipeline } : { key };
  await recordAudit(db, [{ action, actor: toWire(actor), secret }]);
}

export async function auditRotation(db: Database, caller: Caller): Promise<void> {
  await recordAudit(db, [{ action: 'rotate_keys', actor: toWire({ caller }) }]);
}

/** Deletes a batch of the records that are older than `retentionSeconds`. */
export async function pruneAudit(db: Database, retentionSeconds: number): Promise<ChoreReport> {
  const done = await deleteAuditBefore(db, new Date(Date.now() - retentionSeconds * 1000), BATCH);
  return { done, more: done === BATCH };
}

function toWire(actor: Actor): AuditEvent['actor'] {
  if ('caller' in actor) return { token_id: actor.caller.tokenId, user: actor.caller.user };
  if ('subscription' in actor) {
    const { namespace, pipeline, extension } = actor.subscription;
    return { user: extensionUser(extension), namespace_id: namespace, pipeline_id: pipeline };
  }
  const { namespace, pipeline, run, task } = actor.task;
  return { namespace_id: namespace, pipeline_id: pipeline, run_id: run, task_id: task };
}
