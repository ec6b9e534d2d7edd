import type { ObjectStore } from '../backends/objects/contract.ts';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { TaskRef } from '../core/ids.ts';
import { parseReference, type Reference } from '../core/interpolation.ts';
import { RUN_TOKEN_PREFIX, runTokenKey } from '../core/variables.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { readObject } from '../services/objects.ts';
import { useSecret } from '../services/secrets.ts';
import type { Variable } from '../sdk/wire.ts';
import type { ObjectScope } from '../store/objects.ts';

/** The longest `NAME=value` that an environment can have on Linux, in bytes, the NUL behind it left out. */
const MAX_VARIABLE_BYTES = 128 * 1024 - 1;

/** A condition for starting the task is not met; the message is the task's status description. */
export class PreconditionError extends Error {
  override readonly name = 'PreconditionError';
}

export interface InterpolationDependencies {
  readonly db: PrismaClient;
  readonly secrets: SecretStore;
  readonly objects: ObjectStore;
}

/**
 * The environment of a task's container: its variables, with the secrets and objects that their values stand for.
 *
 * @throws PreconditionError naming the variable and what it refers to, never a value
 */
export async function resolveVariables(
  deps: InterpolationDependencies,
  task: TaskRef,
  variables: readonly Variable[],
): Promise<Readonly<Record<string, string>>> {
  const environment: Record<string, string> = {};
  for (const { key, value, source } of variables) {
    const reference = parseReference(value);
    const resolved = reference
      ? await resolve(deps, task, { what: `variable '${key}'`, key, source }, reference)
      : value;
    requireFitting(key, resolved);
    environment[key] = resolved;
  }
  return environment;
}

/** The values in a container's environment that are those of secrets. Its log must not show them. */
export function secretsIn(
  environment: Readonly<Record<string, string>>,
  variables: readonly Variable[],
): readonly string[] {
  return variables.flatMap(({ key, value }) => {
    const reference = parseReference(value);
    const resolved = environment[key];
    return reference && isSecret(reference) && resolved !== undefined ? [resolved] : [];
  });
}

/**
 * The credentials for pulling a task's image; user and password may refer to secrets and objects as variables do.
 *
 * @param auth as the config has it, the password unsealed
 * @throws PreconditionError naming what is referred to, never a value
 */
export async function resolveRegistryAuth(
  deps: InterpolationDependencies,
  task: TaskRef,
  auth: { readonly user: string; readonly pass: string },
): Promise<{ user: string; pass: string }> {
  const resolveField = async (field: 'user' | 'pass') => {
    const reference = parseReference(auth[field]);
    if (!reference) return auth[field];
    return resolve(deps, task, { what: `registry_auth.${field}`, source: 'pipeline_config' }, reference);
  };
  return { user: await resolveField('user'), pass: await resolveField('pass') };
}

/** Where a reference stands. */
interface Place {
  /** For messages. */
  readonly what: string;
  /** The name of the variable, if it is one. */
  readonly key?: string;
  readonly source: Variable['source'];
}

const isSecret = ({ kind }: Reference) => kind === 'pipeline_secret' || kind === 'global_secret';

async function resolve(
  deps: InterpolationDependencies,
  task: TaskRef,
  place: Place,
  reference: Reference,
): Promise<string> {
  try {
    return await lookUp(deps, task, place, reference);
  } catch (error) {
    // What does not answer may do so later; a secret that is missing has to be put first.
    if (!(error instanceof GoferError) || error.kind === ErrorKind.Unavailable) throw error;
    throw new PreconditionError(`${place.what} refers to ${reference.kind} '${reference.key}': ${error.message}`);
  }
}

async function lookUp(
  deps: InterpolationDependencies,
  task: TaskRef,
  place: Place,
  { kind, key }: Reference,
): Promise<string> {
  const pipeline = { namespace: task.namespace, pipeline: task.pipeline };
  switch (kind) {
    case 'pipeline_secret':
      requireOwnToken(task, place, key);
      return useSecret(deps, task.namespace, { pipeline, key }, { task });
    case 'global_secret':
      return useSecret(deps, task.namespace, { key }, { task });
    case 'pipeline_object':
      return readText(deps, pipeline, key, place.key);
    case 'run_object':
      return readText(deps, { ...pipeline, run: task.run }, key, place.key);
  }
}

/** The token of a run is only for its tasks that ask for it, and those refer to it by the server's own variable (D59). */
function requireOwnToken(task: TaskRef, { source }: Place, key: string): void {
  if (!key.startsWith(RUN_TOKEN_PREFIX) || (source === 'system' && key === runTokenKey(task.run))) return;
  throw new GoferError(ErrorKind.Invalid, 'the token of a run is given only to tasks with inject_api_token');
}

/** The original looked an object up by the name of the variable; pipelines built around that still work (D1). */
async function readText(
  deps: InterpolationDependencies,
  scope: ObjectScope,
  key: string,
  variable: string | undefined,
): Promise<string> {
  const found = await readObject(deps, scope, key).catch((error: unknown) => {
    const missing = error instanceof GoferError && error.kind === ErrorKind.NotFound;
    if (!missing || variable === undefined || variable === key) throw error;
    return readObject(deps, scope, variable).catch(() => {
      throw error;
    });
  });
  if (found.size > MAX_VARIABLE_BYTES) {
    throw new GoferError(ErrorKind.Invalid, `it has ${found.size} bytes, more than a variable can hold`);
  }
  const text = Buffer.concat(await (await found.open()).toArray()).toString('utf8');
  if (text.includes('\0')) throw new GoferError(ErrorKind.Invalid, 'it contains NUL, which no variable can hold');
  return text;
}

/** Otherwise the engine would refuse to start the container, with words that nobody understands. */
function requireFitting(key: string, value: string): void {
  const size = Buffer.byteLength(`${key}=${value}`);
  if (size <= MAX_VARIABLE_BYTES) return;
  throw new PreconditionError(
    `variable '${key}' has ${size} bytes with its name, more than the ${MAX_VARIABLE_BYTES} that a variable can have`,
  );
}
