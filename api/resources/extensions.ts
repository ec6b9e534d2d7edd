import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { installExtension, uninstallExtension } from '../../services/extensions.ts';
import type { ObjectDependencies } from '../../services/objects.ts';
import type { Sealer } from '../../services/sealing.ts';
import { getExtension, listExtensions, setExtensionEnabled } from '../../store/extensions.ts';
import { listExtensionSubscriptions } from '../../store/subscriptions.ts';
import { visibleTo } from '../../services/access.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers, StreamHandlers } from '../handlers.ts';
import { CloseCode } from '../streams/text-socket.ts';

export function extensionHandlers(deps: ObjectDependencies & { readonly sealer: Sealer }) {
  const { db } = deps;
  return {
    list_extensions: async (_input, { caller }) => {
      const readable = await visibleTo(db, caller, 'extensions');
      const extensions = await listExtensions(db);
      return {
        status: 200,
        body: { extensions: extensions.filter(({ registration }) => readable(registration.extension_id)) },
      };
    },

    install_extension: async ({ body }) => {
      requireStorable(body);
      return { status: 201, body: { extension: await installExtension(deps, body) } };
    },

    get_extension: async ({ path }) => ({
      status: 200,
      body: { extension: await getExtension(db, path.extension_id) },
    }),

    update_extension: async ({ path, body }) => {
      await setExtensionEnabled(db, path.extension_id, body.enable);
      return { status: 204 };
    },

    uninstall_extension: async ({ path }) => {
      await uninstallExtension(deps, path.extension_id);
      return { status: 204 };
    },

    get_extension_debug_info: async ({ path }) => {
      await getExtension(db, path.extension_id);
      throw notRunning(path.extension_id);
    },

    list_extension_subscriptions: async ({ path }) => ({
      status: 200,
      body: { subscriptions: await listExtensionSubscriptions(db, path.extension_id) },
    }),
  } satisfies Partial<Handlers>;
}

export function extensionStreams({ db }: { readonly db: PrismaClient }) {
  return {
    get_extension_logs: async ({ path }, _context, socket) => {
      const id = path.extension_id;
      const installed = await getExtension(db, id).catch(ignoreMissing);
      if (installed) throw notRunning(id);
      socket.close(CloseCode.UnknownExtension, `extension '${id}' does not exist`);
    },
  } satisfies Partial<StreamHandlers>;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof GoferError) || error.kind !== ErrorKind.NotFound) throw error;
}

function notRunning(id: string): GoferError {
  return new GoferError(ErrorKind.Unavailable, `extension '${id}' does not run`);
}
