import type { ObjectStore } from '../backends/objects/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { TaskRef } from '../core/ids.ts';
import { parseReference, type Reference } from '../core/interpolation.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { readObject } from '../services/objects.ts';
import type { Sealer } from '../services/sealing.ts';
import { readPipelineSecret, useGlobalSecret } from '../services/secrets.ts';
import type { Variable } from '../sdk/wire.ts';
import type { ObjectScope } from '../store/objects.ts';

/** The longest value that one variable of an environment can have on Linux, in bytes. */
const MAX_VALUE_BYTES = 128 * 1024 - 1024;

/** A condition for starting the task is not met; the message is the task's status description. */
export class PreconditionError extends Error {
  override readonly name = 'PreconditionError';
}

export interface InterpolationDependencies {
  readonly db: PrismaClient;
  readonly sealer: Sealer;
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
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const { key, value } of variables) {
    const reference = parseReference(value);
    environment[key] = reference ? await resolve(deps, task, key, reference) : value;
  }
  return environment;
}

async function resolve(
  deps: InterpolationDependencies,
  task: TaskRef,
  variable: string,
  reference: Reference,
): Promise<string> {
  try {
    return await lookUp(deps, task, variable, reference);
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    throw new PreconditionError(
      `variable '${variable}' refers to ${reference.kind} '${reference.key}': ${error.message}`,
    );
  }
}

async function lookUp(
  deps: InterpolationDependencies,
  task: TaskRef,
  variable: string,
  { kind, key }: Reference,
): Promise<string> {
  const pipeline = { namespace: task.namespace, pipeline: task.pipeline };
  switch (kind) {
    case 'pipeline_secret':
      return (await readPipelineSecret(deps, pipeline, key, true)).secret ?? '';
    case 'global_secret':
      return useGlobalSecret(deps, task.namespace, key);
    case 'pipeline_object':
      return readText(deps, pipeline, key, variable);
    case 'run_object':
      return readText(deps, { ...pipeline, run: task.run }, key, variable);
  }
}

/** The original looked an object up by the name of the variable; pipelines built around that still work (D1). */
async function readText(
  deps: InterpolationDependencies,
  scope: ObjectScope,
  key: string,
  variable: string,
): Promise<string> {
  const found = await readObject(deps, scope, key).catch((error: unknown) => {
    const missing = error instanceof GoferError && error.kind === ErrorKind.NotFound;
    if (!missing || variable === key) throw error;
    return readObject(deps, scope, variable).catch(() => {
      throw error;
    });
  });
  if (found.size > MAX_VALUE_BYTES) {
    found.stream.destroy();
    throw new GoferError(ErrorKind.Invalid, `it has ${found.size} bytes, more than a variable can hold`);
  }
  const text = Buffer.concat(await found.stream.toArray()).toString('utf8');
  if (text.includes('\0')) throw new GoferError(ErrorKind.Invalid, 'it contains NUL, which no variable can hold');
  return text;
}
