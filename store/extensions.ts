import { randomUUID } from 'node:crypto';
import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { RoleDefinition } from '../core/permissions.ts';
import type { Extension as ExtensionRow, PrismaClient } from '../generated/prisma/client.ts';
import type { Extension, ExtensionDocumentation } from '../sdk/wire.ts';
import { fromJson, toJson, toMillis, type Database } from './client.ts';
import { isUniqueViolation } from './errors.ts';
import { recordEvent, recordEvents } from './events.ts';
import { ensureSystemRoles } from './roles.ts';
import { recordUnregistrations } from './subscription-events.ts';
import { deleteTokensWith } from './tokens.ts';

/** An extension to install. */
export interface NewExtension {
  readonly id: string;
  readonly image: string;
  /** The password is sealed. */
  readonly registryAuth?: { readonly user: string; readonly pass: string };
  /** The environment of its container. What is secret is sealed in `secretSettings` and a placeholder here. */
  readonly settings: Readonly<Record<string, string>>;
  readonly secretSettings: Readonly<Record<string, string>>;
  readonly additionalRoles: readonly string[];
}

const NO_DOCUMENTATION: ExtensionDocumentation = { config_params: [], pipeline_subscription_params: [], body: '' };

/** All that is stored about an extension. */
export interface ExtensionRecord extends NewExtension {
  readonly status: Extension['registration']['status'];
  readonly state: Extension['state'];
  readonly url: string;
  readonly message: string | null;
  readonly documentation: ExtensionDocumentation;
  /** Changes with everything that needs another container. */
  readonly revision: string;
  /** Identifies the container that runs or is about to. */
  readonly startId: string | null;
  /** Of the token that this container has. */
  readonly tokenId: string | null;
  readonly sealedSecret: string | null;
}

/** The record of an extension; nothing if it is not installed. */
export async function findExtensionRecord(db: Database, id: string): Promise<ExtensionRecord | undefined> {
  const row = await db.extension.findUnique({ where: { id } });
  return row ? toExtensionRecord(row) : undefined;
}

/** @throws GoferError `not_found` */
export async function getExtensionRecord(db: Database, id: string): Promise<ExtensionRecord> {
  return toExtensionRecord(await findExtension(db, id));
}

export async function listExtensions(db: Database): Promise<Extension[]> {
  return (await db.extension.findMany({ orderBy: { id: 'asc' } })).map(toExtension);
}

export async function getExtension(db: Database, id: string): Promise<Extension> {
  return toExtension(await findExtension(db, id));
}

/**
 * Stores an extension together with the roles that its token has. One that needs no container documents itself from the
 * start.
 *
 * @throws GoferError `conflict` if the id is taken
 */
export async function insertExtension(
  db: PrismaClient,
  extension: NewExtension,
  roles: readonly RoleDefinition[],
  documentation: ExtensionDocumentation = NO_DOCUMENTATION,
): Promise<Extension> {
  const { id, image, registryAuth, settings, secretSettings, additionalRoles } = extension;
  try {
    return await db.$transaction(async (tx) => {
      const row = await tx.extension.create({
        data: {
          id,
          image,
          registryUser: registryAuth?.user ?? null,
          registryPass: registryAuth?.pass ?? null,
          settings: toJson(settings),
          secretSettings: toJson(secretSettings),
          additionalRoles: [...additionalRoles],
          documentation: toJson(documentation),
          state: 'processing',
        },
      });
      const created = await ensureSystemRoles(tx, roles);
      await recordEvents(
        tx,
        created.map((role) => ({ created_role: { role_id: role } })),
      );
      await recordEvent(tx, { installed_extension: { id, image } });
      return toExtension(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `extension '${id}' is installed already`);
  }
}

/** Switches an extension on or off. Setting what it is already changes nothing. */
export async function setExtensionEnabled(db: PrismaClient, id: string, enabled: boolean): Promise<void> {
  await db.$transaction(async (tx) => {
    const { image, status } = await findExtension(tx, id);
    const wanted = enabled ? 'enabled' : 'disabled';
    if (status === wanted) return;
    const state = enabled ? 'processing' : 'exited';
    await tx.extension.update({ where: { id }, data: { status: wanted, state, ...renewed() } });
    await tx.subscription.updateMany({ where: { extensionId: id }, data: { dispatched: null } });
    await recordEvent(tx, enabled ? { enabled_extension: { id, image } } : { disabled_extension: { id, image } });
  });
}

/** What a change of an extension that its workflow has to hear of comes with. */
function renewed() {
  return { modified: new Date(), revision: randomUUID(), dispatched: null, message: null };
}

/** Changes how an extension runs, which takes another container. */
export async function updateExtension(
  db: PrismaClient,
  id: string,
  changes: Partial<Omit<NewExtension, 'id'>>,
): Promise<void> {
  const { image, registryAuth, settings, secretSettings, additionalRoles } = changes;
  await db.$transaction(async (tx) => {
    await findExtension(tx, id);
    await tx.extension.update({
      where: { id },
      data: {
        ...renewed(),
        state: 'processing',
        ...(image !== undefined && { image }),
        ...(registryAuth && { registryUser: registryAuth.user, registryPass: registryAuth.pass }),
        ...(settings && { settings: toJson(settings) }),
        ...(secretSettings && { secretSettings: toJson(secretSettings) }),
        ...(additionalRoles && { additionalRoles: [...additionalRoles] }),
      },
    });
    await tx.subscription.updateMany({ where: { extensionId: id }, data: { dispatched: null } });
  });
}

/** Notes that an extension's workflow knows of the change that led to this revision. */
export async function markExtensionDispatched(db: Database, id: string, revision: string): Promise<void> {
  await db.extension.updateMany({ where: { id, revision }, data: { dispatched: new Date() } });
}

/** The extensions whose workflows may not know of the last change. */
export async function listUndispatchedExtensions(db: Database): Promise<readonly ExtensionRecord[]> {
  return (await db.extension.findMany({ where: { dispatched: null } })).map(toExtensionRecord);
}

/** Removes an extension with its subscriptions, its object records, its roles and its tokens. */
export async function deleteExtension(db: PrismaClient, id: string, roleIds: readonly string[]): Promise<void> {
  await db.$transaction(async (tx) => {
    const { image } = await findExtension(tx, id);
    await recordUnregistrations(tx, { extensionId: id });
    await tx.extension.delete({ where: { id } });
    await deleteTokensWith(tx, { extension_id: id });
    await tx.role.deleteMany({ where: { id: { in: [...roleIds] } } });
    await recordEvents(tx, [
      ...roleIds.map((role) => ({ deleted_role: { role_id: role } })),
      { uninstalled_extension: { id, image } },
    ]);
  });
}

export async function findExtension(db: Database, id: string): Promise<ExtensionRow> {
  const row = await db.extension.findUnique({ where: { id } });
  if (!row) throw notFound('extension', id);
  return row;
}

export function toExtensionRecord(row: ExtensionRow): ExtensionRecord {
  const { id, image, additionalRoles, url, message, revision, startId, tokenId, sealedSecret } = row;
  return {
    ...{ id, image, additionalRoles, url, message, revision, startId, tokenId, sealedSecret },
    ...(row.registryUser !== null && { registryAuth: { user: row.registryUser, pass: row.registryPass ?? '' } }),
    settings: fromJson<Record<string, string>>(row.settings),
    secretSettings: fromJson<Record<string, string>>(row.secretSettings),
    status: row.status as ExtensionRecord['status'],
    state: row.state as ExtensionRecord['state'],
    documentation: fromJson<ExtensionDocumentation>(row.documentation),
  };
}

function toExtension(row: ExtensionRow): Extension {
  const settings = fromJson<Record<string, string>>(row.settings);
  return {
    registration: {
      extension_id: row.id,
      image: row.image,
      registry_auth: row.registryUser === null ? null : { user: row.registryUser, pass: '[Redacted]' },
      settings: Object.entries(settings).map(([key, value]) => ({ key, value, source: 'system' })),
      created: toMillis(row.created),
      modified: toMillis(row.modified),
      status: row.status as Extension['registration']['status'],
      additional_roles: row.additionalRoles,
    },
    url: row.url,
    started: toMillis(row.started),
    state: row.state as Extension['state'],
    documentation: fromJson<ExtensionDocumentation>(row.documentation),
    ...(row.message !== null && { detail: { message: row.message } }),
  };
}
