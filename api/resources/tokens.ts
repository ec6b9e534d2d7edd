import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { createBootstrapToken, createToken, deleteToken, newTokenSecret, updateToken } from '../../services/tokens.ts';
import { getToken, listTokens } from '../../store/tokens.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';

export function tokenHandlers({ db }: { readonly db: PrismaClient }) {
  return {
    create_bootstrap_token: async () => {
      const secret = newTokenSecret();
      const token = await createBootstrapToken(db, secret);
      if (!token) throw new GoferError(ErrorKind.Conflict, 'the bootstrap token has been created before');
      return { status: 201, body: { token_details: token, secret } };
    },

    list_tokens: async () => ({ status: 200, body: { tokens: await listTokens(db) } }),

    create_token: async ({ body }) => {
      requireStorable(body);
      return { status: 201, body: await createToken(db, body) };
    },

    whoami: async (_input, { caller }) => ({ status: 200, body: { token: await getToken(db, caller.tokenId) } }),

    get_token_by_id: async ({ path }) => ({ status: 200, body: { token: await getToken(db, path.id) } }),

    update_token: async ({ path, body: { disabled } }, { caller }) => {
      if (typeof disabled === 'boolean') await updateToken(db, caller, path.id, disabled);
      else await getToken(db, path.id);
      return { status: 204 };
    },

    delete_token: async ({ path }, { caller }) => {
      await deleteToken(db, caller, path.id);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}
