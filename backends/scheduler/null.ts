import type { ContainerTerminal, Scheduler } from './contract.ts';

const CLOSED_TERMINAL: ContainerTerminal = {
  output: (async function* () {})(),
  type: () => undefined,
  resize: async () => undefined,
  exitCode: async () => undefined,
};

/** A scheduler whose containers succeed at once and print nothing: for measuring what the engine itself costs. */
export function createNullScheduler(): Scheduler {
  return {
    ensureImage: async ({ image }) => image,
    // The same labels give the same container, as everywhere, so that another worker can take over.
    ensureContainer: async ({ labels }) => ({ id: Object.values(labels).join('/'), phase: 'created', created: true }),
    startContainer: async () => undefined,
    waitForExit: async () => {
      const now = Date.now();
      return { kind: 'exited', code: 0, outOfMemory: false, error: '', startedAt: now, endedAt: now };
    },
    async *followLog() {},
    mayHaveForgotten: async () => false,
    environmentOf: async () => ({}),
    stopContainer: async () => undefined,
    removeContainer: async () => undefined,
    findContainers: async () => [],
    listContainers: async () => [],
    pruneImages: async () => ({ removed: [], freedBytes: 0 }),
    addressOf: async () => undefined,
    openTerminal: async () => CLOSED_TERMINAL,
    openTerminalInCopy: async () => CLOSED_TERMINAL,
    ping: async () => undefined,
    close: async () => undefined,
  };
}
