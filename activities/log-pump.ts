import { setTimeout as sleep } from 'node:timers/promises';
import type { LogWriter } from '../backends/logs/contract.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';

/** How long the rest of a log may take to arrive after its container has ended, in milliseconds. */
const DRAIN_DEADLINE_MS = 60_000;

/** Copies a container's output into its log while the container runs. */
export interface LogPump {
  /** Waits for what was written up to the container's end, and finishes the log. */
  drain(): Promise<void>;
  /** Stops copying and lets go of the log without finishing it. */
  abandon(): Promise<void>;
}

export function startLogPump(scheduler: Scheduler, containerId: string, writer: LogWriter): LogPump {
  const stop = new AbortController();
  const copying = copy();
  // Whoever drains or abandons hears of a failure; until then it must not count as unhandled.
  copying.catch(() => undefined);

  async function copy(): Promise<void> {
    for await (const entry of scheduler.followLog(containerId, writer.position, stop.signal)) await writer.append([entry]);
  }

  return {
    async drain() {
      const timer = new AbortController();
      await Promise.race([copying, sleep(DRAIN_DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
      stop.abort();
      await copying;
      await writer.finish();
    },
    async abandon() {
      stop.abort();
      await copying.catch(() => undefined);
      await writer.close();
    },
  };
}
