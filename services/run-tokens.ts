import type { RunRef } from '../core/ids.ts';
import { secretIdentity } from '../core/secrets.ts';
import { runTokenRole } from '../core/system-roles.ts';
import { runTokenKey } from '../core/variables.ts';
import type { Database } from '../store/client.ts';
import { asksForToken } from '../store/configs.ts';
import { ensureSystemRoles } from '../store/roles.ts';
import { deletePipelineSecrets, putSecret } from '../store/secrets.ts';
import { deleteTokensWith } from '../store/tokens.ts';
import type { Sealer } from './sealing.ts';
import { issueToken } from './tokens.ts';

/** Three weeks, in seconds. The token is gone earlier: with its run. */
const LIFETIME_SECONDS = 1_814_400;

/** By this metadata the token of a run is found again. */
const metadataOf = (run: RunRef) => ({
  system_generated_run_token: 'true',
  namespace: run.namespace,
  pipeline: run.pipeline,
  run: String(run.run),
});

/**
 * Makes the token of a run if any of its tasks asks for one, and keeps its secret as a pipeline secret, from where it
 * reaches only those tasks (contract, pipeline-config §9). Its value is always sealed in its record, whatever keeps other
 * secrets: both are part of the transaction that records the run. Returns the token's id.
 */
export async function issueRunToken(
  tx: Database,
  sealer: Sealer,
  run: RunRef,
  version: number,
): Promise<string | undefined> {
  if (!(await asksForToken(tx, run, version))) return undefined;
  const role = runTokenRole(run.namespace, run.pipeline);
  await ensureSystemRoles(tx, [role]);
  const { token_details: token, secret } = await issueToken(tx, {
    user: 'system_generated_run_token',
    roles: [role.id],
    metadata: metadataOf(run),
    expires: LIFETIME_SECONDS,
  });
  const name = { pipeline: run, key: runTokenKey(run.run) };
  await putSecret(tx, name, { note: sealer.seal(secret, secretIdentity(name)), namespaces: [] }, true);
  return token.id;
}

/** Makes an end of the token of a run and of its secret. A run without one is fine. */
export async function revokeRunToken(db: Database, run: RunRef): Promise<void> {
  await deleteTokensWith(db, metadataOf(run));
  await deletePipelineSecrets(db, run, [runTokenKey(run.run)]);
}
