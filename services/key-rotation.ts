import type { Sealer } from '../backends/secrets/contract.ts';
import { ensureError, invalid } from '../core/errors.ts';
import { secretIdentity } from '../core/secrets.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { RotateKeysResponse } from '../sdk/wire.ts';
import {
  countOutdatedValues,
  listOutdatedValues,
  replaceSealedValue,
  sampleCurrentValues,
  type SealedPlace,
  type SealedValue,
} from '../store/sealed-values.ts';
import { auditRotation } from './audit.ts';
import { registryAuthIdentity } from './configs.ts';
import { extensionIdentity } from './extension-settings.ts';
import type { Caller } from './tokens.ts';

/** How long one call works, in milliseconds: well below what clients and proxies wait for an answer. */
const PATIENCE_MS = 5_000;
const BATCH = 200;
const MAX_FAILURES = 20;
/** How many values are looked at to see whether a key fits: some may have been damaged. */
const SAMPLE = 10;

/**
 * Seals anew, with the active key, what is sealed with another one. Each value is replaced by itself and only if it is still
 * the one that was read, so it can be stopped anywhere, repeated, and run beside everything else.
 */
export async function rotateKeys(
  { db, sealer }: { readonly db: PrismaClient; readonly sealer: Sealer },
  caller: Caller,
): Promise<RotateKeysResponse> {
  await auditRotation(db, caller);
  const failures: RotateKeysResponse['failures'] = [];
  let reEncrypted = 0;
  let last: SealedPlace | undefined;
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const batch = await listOutdatedValues(db, sealer.activePrefix, BATCH, last);
    const resealed = batch.flatMap((value) => {
      const identity = identityOf(value);
      try {
        return [[value, sealer.seal(sealer.open(value.sealed, identity), identity)] as const];
      } catch (error) {
        if (failures.length < MAX_FAILURES) failures.push({ value: identity, reason: ensureError(error).message });
        return [];
      }
    });
    // One commit for all of them: that is what takes the time.
    reEncrypted += await db.$transaction(async (tx) => {
      let replaced = 0;
      for (const [value, sealed] of resealed) if (await replaceSealedValue(tx, value, sealed)) replaced++;
      return replaced;
    });
    last = batch.at(-1);
    if (batch.length < BATCH) break;
  }
  return { re_encrypted: reEncrypted, remaining: await countOutdatedValues(db, sealer.activePrefix), failures };
}

/**
 * Sees to it that a key with a known id but another text does not seal anything, because then neither would open all.
 *
 * @throws GoferError `invalid` if the active key opens nothing of what is sealed in its name
 */
export async function requireFittingKey({
  db,
  sealer,
}: {
  readonly db: PrismaClient;
  readonly sealer: Sealer;
}): Promise<void> {
  const sample = await sampleCurrentValues(db, sealer.activePrefix, SAMPLE);
  const opens = (value: SealedValue) => {
    try {
      sealer.open(value.sealed, identityOf(value));
      return true;
    } catch {
      return false;
    }
  };
  if (sample.length === 0 || sample.some(opens)) return;
  const [, id] = sealer.activePrefix.split(':');
  throw invalid('the configuration is not valid', [
    { path: 'secret_store', message: `the key '${id}' is not the one that sealed the secrets of this database` },
  ]);
}

/** What a value is sealed for, as whoever sealed it has said. */
function identityOf(at: SealedPlace): string {
  switch (at.kind) {
    case 'pipeline_secret': {
      const [namespace, pipeline, key] = at.place;
      return secretIdentity({ pipeline: { namespace, pipeline }, key });
    }
    case 'global_secret':
      return secretIdentity({ key: at.place[0] });
    case 'registry_auth': {
      const [namespace, pipeline, , task] = at.place;
      return registryAuthIdentity({ namespace, pipeline }, task);
    }
    case 'extension_registry_auth':
      return extensionIdentity(at.place[0], 'registry_auth');
    case 'extension_secret':
      return extensionIdentity(at.place[0], 'secret');
    case 'extension_setting':
      return extensionIdentity(...at.place);
  }
}
