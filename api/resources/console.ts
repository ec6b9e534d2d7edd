import { isAdmin } from '../../core/permissions.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { ConsoleSession, TemporalPages } from '../../sdk/wire.ts';
import type { Sealer } from '../../services/sealing.ts';
import { openSession } from '../../services/sessions.ts';
import type { Caller } from '../../services/tokens.ts';
import { findRoles } from '../../store/roles.ts';
import type { Handlers } from '../handlers.ts';

export interface ConsoleDependencies {
  readonly db: PrismaClient;
  readonly sealer: Sealer;
  /** Nothing if it is not known where they are. */
  readonly temporalPages: TemporalPages | undefined;
}

export function consoleHandlers({ db, sealer, temporalPages }: ConsoleDependencies) {
  const describe = async (caller: Caller): Promise<ConsoleSession> => ({
    token_id: caller.tokenId,
    user: caller.user,
    administrator: isAdmin(caller.roles),
    roles: (await findRoles(db, caller.roles)).map(({ id, permissions }) => ({ id, permissions })),
    ...(temporalPages && { temporal: temporalPages }),
  });
  return {
    get_console_session: async (_input, { caller }) => ({ status: 200, body: await describe(caller) }),

    create_console_session: async (_input, { caller }) => ({
      status: 201,
      body: await describe(caller),
      session: openSession(sealer, caller),
    }),

    delete_console_session: async () => ({ status: 204, session: null }),
  } satisfies Partial<Handlers>;
}
