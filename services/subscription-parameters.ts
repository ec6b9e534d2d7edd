import type { ObjectStore } from '../backends/objects/contract.ts';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { SubscriptionRef } from '../core/ids.ts';
import { parseReference, type Reference } from '../core/interpolation.ts';
import { RUN_TOKEN_PREFIX } from '../core/variables.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { ObjectScope } from '../store/objects.ts';
import { readObject } from './objects.ts';
import { useSecret } from './secrets.ts';

/** The longest text that a parameter may take from an object, in bytes. */
const MAX_OBJECT_BYTES = 128 * 1024;

export interface ParameterDependencies {
  readonly db: PrismaClient;
  readonly secrets: SecretStore;
  readonly objects: ObjectStore;
}

/**
 * The parameters of a subscription, with the secrets and objects of its pipeline that their values stand for.
 *
 * @throws GoferError `invalid` naming the parameter and what it refers to, never a value
 */
export async function resolveParameters(
  deps: ParameterDependencies,
  ref: SubscriptionRef,
  settings: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const resolved: Record<string, string> = {};
  for (const [key, value] of Object.entries(settings)) {
    const reference = parseReference(value);
    resolved[key] = reference ? await resolve(deps, ref, key, reference) : value;
  }
  return resolved;
}

async function resolve(
  deps: ParameterDependencies,
  ref: SubscriptionRef,
  parameter: string,
  reference: Reference,
): Promise<string> {
  try {
    return await lookUp(deps, ref, reference);
  } catch (error) {
    // What does not answer may do so later; a secret that is missing has to be put first.
    if (!(error instanceof GoferError) || error.kind === ErrorKind.Unavailable) throw error;
    const { kind, key } = reference;
    throw new GoferError(ErrorKind.Invalid, `parameter '${parameter}' refers to ${kind} '${key}': ${error.message}`);
  }
}

async function lookUp(deps: ParameterDependencies, ref: SubscriptionRef, { kind, key }: Reference): Promise<string> {
  const pipeline = { namespace: ref.namespace, pipeline: ref.pipeline };
  switch (kind) {
    case 'pipeline_secret':
      if (key.startsWith(RUN_TOKEN_PREFIX))
        throw new GoferError(ErrorKind.Invalid, 'the token of a run is for its tasks');
      return useSecret(deps, ref.namespace, { pipeline, key }, { subscription: ref });
    case 'global_secret':
      return useSecret(deps, ref.namespace, { key }, { subscription: ref });
    case 'pipeline_object':
      return readText(deps, pipeline, key);
    case 'run_object':
      throw new GoferError(ErrorKind.Invalid, 'a subscription belongs to no run');
  }
}

async function readText(deps: ParameterDependencies, scope: ObjectScope, key: string): Promise<string> {
  const found = await readObject(deps, scope, key);
  if (found.size > MAX_OBJECT_BYTES) {
    throw new GoferError(ErrorKind.Invalid, `it has ${found.size} bytes, more than a parameter may have`);
  }
  return Buffer.concat(await (await found.open()).toArray()).toString('utf8');
}
