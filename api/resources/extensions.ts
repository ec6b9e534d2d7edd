import type { Scheduler } from '../../backends/scheduler/contract.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { visibleTo } from '../../services/access.ts';
import { withLastRuns } from '../../services/builtin/outlook.ts';
import { followExtensionLog } from '../../services/extension-log.ts';
import {
  debugExtension,
  installExtension,
  uninstallExtension,
  updateExtension,
  type ExtensionDependencies,
} from '../../services/extensions.ts';
import type { ObjectDependencies } from '../../services/objects.ts';
import { listForExtension, type SubscriptionDependencies } from '../../services/subscriptions.ts';
import { requireStorable } from '../../services/texts.ts';
import { findExtensionRecord, getExtension, listExtensions } from '../../store/extensions.ts';
import { listExtensionSubscriptions } from '../../store/subscriptions.ts';
import type { Handlers, StreamHandlers } from '../handlers.ts';
import { CloseCode } from '../streams/text-socket.ts';

export function extensionHandlers(deps: ObjectDependencies & SubscriptionDependencies) {
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
      requireStorable(body);
      await updateExtension(deps, path.extension_id, body);
      return { status: 204 };
    },

    uninstall_extension: async ({ path }) => {
      await uninstallExtension(deps, path.extension_id);
      return { status: 204 };
    },

    get_extension_debug_info: async ({ path }) => ({
      status: 200,
      body: { info: await debugExtension(deps, path.extension_id) },
    }),

    list_extension_subscriptions: async ({ path }, { caller }) => {
      const record = await findExtensionRecord(db, path.extension_id);
      const itself = record !== undefined && record.tokenId === caller.tokenId;
      const subscriptions = itself
        ? [...(await listForExtension(deps, record))]
        : await withLastRuns(db, caller, await listExtensionSubscriptions(db, path.extension_id));
      return { status: 200, body: { subscriptions } };
    },
  } satisfies Partial<Handlers>;
}

export function extensionStreams(
  deps: ExtensionDependencies & { readonly scheduler: Scheduler; readonly instance: string },
) {
  return {
    get_extension_logs: async ({ path }, _context, socket) => {
      const id = path.extension_id;
      const installed = await getExtension(deps.db, id).catch(ignoreMissing);
      if (!installed) return socket.close(CloseCode.UnknownExtension, `extension '${id}' does not exist`);
      for await (const text of followExtensionLog(deps, id, socket.signal)) await socket.send(text);
    },
  } satisfies Partial<StreamHandlers>;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof GoferError) || error.kind !== ErrorKind.NotFound) throw error;
}
