import type { LogWriter } from '../backends/logs/contract.ts';
import type { ContainerExit, LogEntry, Scheduler } from '../backends/scheduler/contract.ts';

/** How long nothing may arrive of the rest of a log after its container has ended, in milliseconds. */
const SILENCE_LIMIT_MS = 60_000;

/** How much may wait for being written, so that memory stays bounded. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** What an entry takes besides its bytes, roughly. */
const ENTRY_BYTES = 200;

/** The last line of a log that may lack some: engines do not keep what is printed while they are away. */
export const GAP = 'gofer: the container engine was restarted meanwhile, so the last output may be missing';

/** Copies a container's output into its log while the container runs. */
export interface LogPump {
  /**
   * Waits for what was written up to the container's end, and finishes the log. It may go on behind the back of the task's
   * end; the container has to stay for it.
   *
   * @param exit how the container ended, if that is known: the log says so if it may be incomplete
   * @throws LogFencedError if another writer has taken over; what else it throws, another pump may get over
   */
  drain(exit?: ContainerExit): Promise<void>;
  /** Stops copying, and draining, without finishing the log; another pump may go on. Resolves when nothing is written any more. */
  abandon(): Promise<void>;
}

/**
 * Changes entries before they are written. It has to yield one for each that it takes, of the same stream and time and in
 * the same order, because that is how a pump that takes over counts them; it may hold some back before it yields them.
 */
export type LogTransform = (entries: AsyncIterable<LogEntry>) => AsyncIterable<LogEntry>;

/** Begins where an earlier pump stopped. There is nothing to do for a log that is finished. */
export function startLogPump(
  scheduler: Pick<Scheduler, 'followLog'>,
  containerId: string,
  writer: LogWriter,
  transform: LogTransform = (entries) => entries,
): LogPump {
  const stop = new AbortController();
  const silence = new Silence(() => stop.abort(new Error('the rest of the log does not arrive')));
  const copy = () => {
    const entries = scheduler.followLog(containerId, writer.position, stop.signal);
    return copyEntries(transform(entries), writer, () => silence.end());
  };
  const copying = writer.finished ? Promise.resolve() : copy();
  // Whoever drains or abandons hears of a failure; until then it must not count as unhandled.
  copying.catch(() => undefined);

  let draining: Promise<void> | undefined;
  async function drain(exit: ContainerExit | undefined): Promise<void> {
    const unwatch = silence.watch();
    await copying.finally(unwatch);
    stop.signal.throwIfAborted();
    if (writer.finished) return;
    if (exit?.kind === 'exited' && exit.engineMayHaveBeenDown) await writer.note(GAP);
    await writer.finish();
  }

  return {
    drain: (exit) => (draining ??= drain(exit)),
    async abandon() {
      stop.abort(new Error('the log was let go'));
      await copying.catch(() => undefined);
      await draining?.catch(() => undefined);
    },
  };
}

async function copyEntries(entries: AsyncIterable<LogEntry>, writer: LogWriter, onProgress: () => void): Promise<void> {
  // While one batch is being written the next one gathers, so a lone line is written at once and a flood in few writes.
  let batch: LogEntry[] = [];
  let size = 0;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (batch.length > 0) {
      const full = batch;
      batch = [];
      size = 0;
      await writer.append(full);
      onProgress();
    }
    writing = undefined;
  };
  for await (const entry of entries) {
    onProgress();
    batch.push(entry);
    size += entry.data.length + ENTRY_BYTES;
    writing ??= write();
    writing.catch(() => undefined);
    if (size >= BATCH_BYTES) await writing;
  }
  await writing;
}

/** Notices that nothing happens for too long. */
class Silence {
  readonly #onTooLong: () => void;
  #since = Date.now();

  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong;
  }

  end(): void {
    this.#since = Date.now();
  }

  /** Begins to watch, and returns how to stop that. */
  watch(): () => void {
    this.end();
    const look = () => {
      if (Date.now() - this.#since > SILENCE_LIMIT_MS) this.#onTooLong();
    };
    const timer = setInterval(look, SILENCE_LIMIT_MS / 10);
    return () => clearInterval(timer);
  }
}
