import { invalid, type Problem } from '../core/errors.ts';
import { isTaskId, TASK_ID_RULE } from '../core/ids.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { extensionRoles } from '../core/system-roles.ts';
import type { Extension, InstallExtensionRequest } from '../sdk/wire.ts';
import { deleteExtension, insertExtension } from '../store/extensions.ts';
import { listBlobs } from '../store/objects.ts';
import { REDACTED } from './configs.ts';
import { removeBytes, type ObjectDependencies } from './objects.ts';
import type { Sealer } from './sealing.ts';
import { refuseBootstrapRole } from './tokens.ts';

/** Settings whose names say that their values are nobody's business. */
const SECRET_NAME = /secret|token|pass|key|credential|auth/i;

/** What can be the name of a variable of an environment. */
const VARIABLE_NAME = /^[^=]+$/;

/** Says what a sealed setting or registry password of an extension belongs to, so that it opens nowhere else. */
export function extensionIdentity(id: string, what: string): string {
  return `extension:${JSON.stringify([id, what])}`;
}

/** Records an extension and its role. What runs it finds it there. */
export async function installExtension(
  { db, sealer }: { readonly db: PrismaClient; readonly sealer: Sealer },
  request: InstallExtensionRequest,
): Promise<Extension> {
  const { id, image, settings, registry_auth: auth, additional_roles: additionalRoles } = request;
  const problems: Problem[] = [];
  if (!isTaskId(id)) problems.push({ path: 'id', value: id, message: `must be ${TASK_ID_RULE}` });
  if (!/^\S+$/.test(image)) problems.push({ path: 'image', value: image, message: 'must be the name of an image' });
  for (const name of Object.keys(settings)) {
    if (!VARIABLE_NAME.test(name)) problems.push({ path: 'settings', value: name, message: 'must be names without =' });
  }
  if (problems.length > 0) throw invalid('the extension is not valid', problems);
  refuseBootstrapRole(additionalRoles ?? []);

  const identity = (what: string) => extensionIdentity(id, what);
  const secrets = Object.entries(settings).filter(([name]) => SECRET_NAME.test(name));
  return insertExtension(
    db,
    {
      id,
      image,
      settings: { ...settings, ...Object.fromEntries(secrets.map(([name]) => [name, REDACTED])) },
      secretSettings: Object.fromEntries(secrets.map(([name, value]) => [name, sealer.seal(value, identity(name))])),
      additionalRoles: additionalRoles ?? [],
      ...(auth && { registryAuth: { user: auth.user, pass: sealer.seal(auth.pass, identity('registry_auth')) } }),
    },
    extensionRoles(id),
  );
}

/** Removes an extension with everything that belongs to it. */
export async function uninstallExtension(
  deps: Pick<ObjectDependencies, 'db' | 'objects' | 'logger'>,
  id: string,
): Promise<void> {
  const roles = extensionRoles(id).map((role) => role.id);
  const blobs = await listBlobs(deps.db, { extensionId: id });
  await deleteExtension(deps.db, id, roles);
  await removeBytes(deps, blobs);
}
