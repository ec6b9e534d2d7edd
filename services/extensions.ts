import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ensureError, ErrorKind, GoferError, invalid, type Problem } from '../core/errors.ts';
import { isTaskId, TASK_ID_RULE } from '../core/ids.ts';
import { extensionRoles } from '../core/system-roles.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Extension, InstallExtensionRequest, UpdateExtensionRequest } from '../sdk/wire.ts';
import {
  deleteExtension,
  getExtension,
  getExtensionRecord,
  insertExtension,
  listExtensions,
  listUndispatchedExtensions,
  markExtensionDispatched,
  setExtensionEnabled,
  updateExtension as updateRecord,
} from '../store/extensions.ts';
import { listExtensionRefs } from '../store/subscriptions.ts';
import { type BlobDependencies, removeReleasedBytes } from './blob-removals.ts';
import { BUILTIN_EXTENSIONS, builtinImage, findBuiltin, isBuiltinImage } from './builtin/index.ts';
import type { ContainerClients } from './extension-containers.ts';
import { keepSecrets, openSettings, sealRegistryAuth, sealSettings } from './extension-settings.ts';
import type { ExtensionWorkflows } from './extension-workflows.ts';
import type { Sealer } from './sealing.ts';
import { refuseBootstrapRole } from './tokens.ts';

/** What can be the name of a variable of an environment. */
const VARIABLE_NAME = /^[^=]+$/;

/** How long an installation may take until the answer says that it is still going on, in milliseconds. */
const INSTALL_PATIENCE_MS = 20_000;
const LOOK_INTERVAL_MS = 200;

export interface ExtensionDependencies {
  readonly db: PrismaClient;
  readonly sealer: Sealer;
  readonly extensionWorkflows: ExtensionWorkflows;
  readonly containerClients: ContainerClients;
  readonly logger: Logger;
}

/**
 * Records an extension and its roles, and has its workflow start it. Returns it once it runs, or once it is known why not;
 * but not later than after 20 seconds.
 *
 * @throws GoferError `conflict` if the id is taken
 */
export async function installExtension(
  deps: ExtensionDependencies,
  request: InstallExtensionRequest,
): Promise<Extension> {
  const { id, image, settings, registry_auth: auth, additional_roles: additionalRoles } = request;
  check({ id, image, settings, additionalRoles });
  const { sealer } = deps;
  const installed = await insertExtension(
    deps.db,
    {
      id,
      image,
      ...sealSettings(sealer, id, settings),
      additionalRoles: additionalRoles ?? [],
      ...(auth && { registryAuth: sealRegistryAuth(sealer, id, auth) }),
    },
    extensionRoles(id),
    findBuiltin(image)?.documentation,
  );
  await dispatch(deps, id);
  return isBuiltinImage(image) ? installed : untilSettled(deps, id);
}

/** Installs the extensions that an installation has from the start, if they are missing. */
export async function installStandardExtensions(deps: ExtensionDependencies): Promise<void> {
  for (const builtin of BUILTIN_EXTENSIONS.filter(({ standard }) => standard)) {
    await installExtension(deps, { id: builtin.kind, image: builtinImage(builtin), settings: {} }).catch(
      (error: unknown) => {
        if (!(error instanceof GoferError && error.kind === ErrorKind.Conflict)) throw error;
      },
    );
  }
}

/** Switches an extension on or off, and changes what it runs with. */
export async function updateExtension(
  deps: ExtensionDependencies,
  id: string,
  request: UpdateExtensionRequest,
): Promise<void> {
  const { enable, image, registry_auth: auth, additional_roles: additionalRoles } = request;
  if (image !== undefined || request.settings || auth || additionalRoles) {
    const current = await getExtensionRecord(deps.db, id);
    const wanted = image ?? current.image;
    const settings = request.settings && keepSecrets(deps.sealer, current, request.settings);
    if (isBuiltinImage(wanted) !== isBuiltinImage(current.image)) {
      const problem = { path: 'image', value: image, message: `must be of the same sort as ${current.image}` };
      throw invalid('the extension is not valid', [problem]);
    }
    check({ id, image: wanted, settings: settings ?? openSettings(deps.sealer, current), additionalRoles });
    await updateRecord(deps.db, id, {
      ...(image !== undefined && { image }),
      ...(settings && sealSettings(deps.sealer, id, settings)),
      ...(additionalRoles && { additionalRoles }),
      ...(auth && { registryAuth: sealRegistryAuth(deps.sealer, id, auth) }),
    });
  }
  await setExtensionEnabled(deps.db, id, enable);
  await dispatch(deps, id);
}

/** Removes an extension with everything that belongs to it. Its workflow sees to its container. */
export async function uninstallExtension(deps: ExtensionDependencies & BlobDependencies, id: string): Promise<void> {
  const record = await getExtensionRecord(deps.db, id);
  await deps.containerClients
    .of(record)
    ?.shutdown()
    .catch((error: unknown) => {
      deps.logger.warn({ err: ensureError(error), extension: id }, 'extension not told that it is uninstalled');
    });
  const roles = extensionRoles(id).map((role) => role.id);
  const subscriptions = isBuiltinImage(record.image) ? await listExtensionRefs(deps.db, id) : [];
  await deleteExtension(deps.db, id, roles);
  await tell(deps, id);
  // Whoever cannot be told now finds it out when it next wakes up.
  await Promise.allSettled(subscriptions.map((ref) => deps.extensionWorkflows.subscriptionChanged(ref)));
  await removeReleasedBytes(deps);
}

/** What an extension says about its inner state. */
export async function debugExtension(deps: ExtensionDependencies, id: string): Promise<string> {
  const record = await getExtensionRecord(deps.db, id);
  if (!isBuiltinImage(record.image)) return deps.containerClients.call(record, (client) => client.debug());
  const pipelines = (await listExtensionRefs(deps.db, id)).map(({ namespace, pipeline }) => `${namespace}/${pipeline}`);
  return JSON.stringify({ registered_pipelines: [...new Set(pipelines)] });
}

/** Has the workflows of extensions look at changes that their process could not tell them of. */
export async function dispatchExtensions(deps: ExtensionDependencies): Promise<void> {
  for (const { id } of await listUndispatchedExtensions(deps.db)) await dispatch(deps, id);
}

/** Starts the workflows of extensions that were lost, for example because Temporal is new and empty. */
export async function remindExtensions(deps: ExtensionDependencies): Promise<void> {
  for (const { registration } of await listExtensions(deps.db)) await tell(deps, registration.extension_id);
}

async function dispatch(deps: ExtensionDependencies, id: string): Promise<void> {
  const { revision } = await getExtensionRecord(deps.db, id);
  if (await tell(deps, id)) await markExtensionDispatched(deps.db, id, revision);
}

async function tell({ extensionWorkflows, logger }: ExtensionDependencies, extension: string): Promise<boolean> {
  try {
    await extensionWorkflows.extensionChanged(extension);
    return true;
  } catch (error) {
    logger.warn({ err: ensureError(error), extension }, 'extension changed, but its workflow not told yet');
    return false;
  }
}

async function untilSettled({ db }: ExtensionDependencies, id: string): Promise<Extension> {
  const patience = AbortSignal.timeout(INSTALL_PATIENCE_MS);
  for (;;) {
    const extension = await getExtension(db, id);
    if (extension.state !== 'processing' || patience.aborted) return extension;
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** @throws GoferError `invalid` that names everything that is wrong */
function check(extension: {
  readonly id: string;
  readonly image: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly additionalRoles: readonly string[] | null | undefined;
}): void {
  const { id, image, settings, additionalRoles } = extension;
  const problems: Problem[] = [];
  if (!isTaskId(id)) problems.push({ path: 'id', value: id, message: `must be ${TASK_ID_RULE}` });
  if (!/^\S+$/.test(image)) problems.push({ path: 'image', value: image, message: 'must be the name of an image' });
  const builtin = findBuiltin(image);
  if (isBuiltinImage(image) && !builtin) {
    const known = BUILTIN_EXTENSIONS.map(builtinImage).join(', ');
    problems.push({ path: 'image', value: image, message: `must be one of ${known}` });
  }
  for (const name of Object.keys(settings)) {
    if (!VARIABLE_NAME.test(name)) problems.push({ path: 'settings', value: name, message: 'must be names without =' });
  }
  if (problems.length > 0) throw invalid('the extension is not valid', problems);
  builtin?.checkSettings(settings);
  refuseBootstrapRole(additionalRoles ?? []);
}
