import type { PrismaClient } from '../../generated/prisma/client.ts';
import { getPreferences, setIgnoreRunEvents } from '../../store/installation.ts';
import type { Handlers } from '../handlers.ts';

export interface SystemDependencies {
  readonly db: PrismaClient;
  /** The source revision this was built from, 40 hexadecimal digits. */
  readonly commit: string;
  readonly version: string;
}

export function systemHandlers({ db, commit, version }: SystemDependencies) {
  return {
    get_system_metadata: async () => ({ status: 200, body: { commit, semver: version } }),

    get_system_preferences: async () => {
      const { bootstrapTokenCreated, ignoreRunEvents } = await getPreferences(db);
      const body = { bootstrap_token_created: bootstrapTokenCreated, ignore_pipeline_run_events: ignoreRunEvents };
      return { status: 200, body };
    },

    update_system_preferences: async ({ body: { ignore_pipeline_run_events: ignore } }) => {
      if (typeof ignore === 'boolean') await setIgnoreRunEvents(db, ignore);
      return { status: 200, body: {} };
    },
  } satisfies Partial<Handlers>;
}
