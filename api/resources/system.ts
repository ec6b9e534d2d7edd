import type { Handlers } from '../handlers.ts';

export interface SystemDependencies {
  /** The source revision this was built from, 40 hexadecimal digits. */
  readonly commit: string;
  readonly version: string;
}

export function systemHandlers({ commit, version }: SystemDependencies) {
  return {
    get_system_metadata: async () => ({ status: 200, body: { commit, semver: version } }),
  } satisfies Pick<Handlers, 'get_system_metadata'>;
}
