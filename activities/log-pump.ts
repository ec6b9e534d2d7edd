import { setTimeout as sleep } from 'node:timers/promises';
import type { LogStore, LogWriter } from '../backends/logs/contract.ts';
import type { LogEntry, Scheduler } from '../backends/scheduler/contract.ts';
import type { TaskRef } from '../core/ids.ts';

/** How long the rest of a log may take to arrive after its container has ended, in milliseconds. */
const DRAIN_DEADLINE_MS = 60_000;

/** How many entries may wait for being written, so that memory stays bounded. */
const BATCH_LIMIT = 1_000;

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
    // While one batch is being written the next one gathers, so a lone line is written at once and a flood in few writes.
    const batch: LogEntry[] = [];
    let writing: Promise<void> | undefined;
    const write = async () => {
      while (batch.length > 0) await writer.append(batch.splice(0));
      writing = undefined;
    };
    for await (const entry of scheduler.followLog(containerId, writer.position, stop.signal)) {
      batch.push(entry);
      writing ??= write();
      writing.catch(() => undefined);
      if (batch.length >= BATCH_LIMIT) await writing;
    }
    await writing;
  }

  return {
    async drain() {
      const timer = new AbortController();
      await Promise.race([
        copying,
        sleep(DRAIN_DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      stop.abort();
      await copying;
      await writer.finish();
      await writer.close();
    },
    async abandon() {
      stop.abort();
      await copying.catch(() => undefined);
      await writer.close();
    },
  };
}

/** Marks the log of a task as finished, whether it has one or not, so that its readers end. */
export async function finishLog(logs: LogStore, task: TaskRef): Promise<void> {
  const writer = await logs.openWriter(task);
  await writer.finish();
  await writer.close();
}
