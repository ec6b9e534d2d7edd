import { ensureError, GoferError } from '../../core/errors.ts';
import type { ExtensionWish } from '../../core/extensions.ts';
import { findBuiltin, isBuiltinImage } from '../../services/builtin/index.ts';
import type { BuiltinDependencies } from '../../services/builtin/subscriptions.ts';
import { initiatorOf } from '../../services/extension-settings.ts';
import { passEvents } from '../../services/external-events.ts';
import { startTriggeredRun } from '../../services/runs.ts';
import { dispatchSubscriptions } from '../../services/subscriptions.ts';
import { requireStorable } from '../../services/texts.ts';
import { markBuiltinRunning, markExtensionExited } from '../../store/extension-life.ts';
import { findExtensionRecord } from '../../store/extensions.ts';
import { markSubscriptionsUndispatched } from '../../store/subscriptions.ts';
import type { ExtensionActivities } from '../contract.ts';
import { removeContainers } from './container.ts';
import { bePresent } from './presence.ts';
import { ExtensionSupervision, type SuperviseExtensionDependencies } from './supervision.ts';

export type ExtensionActivityDependencies = SuperviseExtensionDependencies & BuiltinDependencies;

/** The activities of extensions. */
export function createExtensionActivities(deps: ExtensionActivityDependencies): ExtensionActivities {
  const { db, logger } = deps;
  return {
    async readExtension(id, fresh): Promise<ExtensionWish> {
      const record = await findExtensionRecord(db, id);
      if (!record) return { kind: 'gone' };
      const builtin = isBuiltinImage(record.image);
      if (builtin && fresh) await markSubscriptionsUndispatched(db, id);
      if (builtin) await dispatchSubscriptions(deps, id);
      if (record.status !== 'enabled') return { kind: 'disabled' };
      if (!builtin) return { kind: 'container', revision: record.revision };
      return { kind: 'builtin', ticks: findBuiltin(record.image)?.ticks !== undefined };
    },

    async superviseExtension(id, revision) {
      const presence = bePresent();
      try {
        return await new ExtensionSupervision(deps, id, revision, presence).seeThrough();
      } finally {
        presence.leave();
      }
    },

    async clearExtension(id) {
      await removeContainers(deps, id);
      const record = await findExtensionRecord(db, id);
      const runs = record?.status === 'enabled' && isBuiltinImage(record.image);
      await (runs ? markBuiltinRunning(db, id) : markExtensionExited(db, id, { message: null }));
    },

    passEvents: (id) => passEvents(deps, id),

    async startSignalledRun(id, signalled) {
      const { namespace, pipeline, identity, variables = {} } = signalled;
      const record = await findExtensionRecord(db, id);
      if (record?.status !== 'enabled') return undefined;
      try {
        requireStorable(signalled);
        const trigger = { source: id, identity };
        const run = await startTriggeredRun(deps, { namespace, pipeline }, initiatorOf(record), trigger, variables);
        return run.run_id;
      } catch (error) {
        if (!(error instanceof GoferError)) throw error;
        logger.warn({ err: ensureError(error), extension: id, identity }, 'no run for a signal');
        return undefined;
      }
    },
  };
}
