import { extensionRoles } from '../core/system-roles.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { recordStart } from '../store/extension-life.ts';
import type { ExtensionRecord } from '../store/extensions.ts';
import { deleteTokensById } from '../store/tokens.ts';
import type { ContainerClients } from './extension-containers.ts';
import { extensionUser } from './extension-settings.ts';
import { issueToken } from './tokens.ts';

interface TokenDependencies {
  readonly db: PrismaClient;
  readonly containerClients: ContainerClients;
}

/**
 * Makes the token for a new container of an extension in place of the one that its predecessor had, and records the start.
 * Returns its secret, which serves in both directions.
 */
export async function issueExtensionToken(
  { db, containerClients }: TokenDependencies,
  extension: ExtensionRecord,
  startId: string,
): Promise<string> {
  const { id, tokenId: former, additionalRoles } = extension;
  return db.$transaction(async (tx) => {
    if (former !== null) await deleteTokensById(tx, [former]);
    const { token_details: token, secret } = await issueToken(tx, {
      user: extensionUser(id),
      roles: [...extensionRoles(id).map((role) => role.id), ...additionalRoles],
      metadata: { extension_id: id },
      expires: 0,
    });
    const sealedSecret = containerClients.sealSecret(id, secret);
    await recordStart(tx, id, { startId, tokenId: token.id, sealedSecret });
    return secret;
  });
}

/** Makes an end of the token of a container that was stopped. */
export async function revokeExtensionToken(db: PrismaClient, extension: ExtensionRecord): Promise<void> {
  if (extension.tokenId !== null) await deleteTokensById(db, [extension.tokenId]);
}
