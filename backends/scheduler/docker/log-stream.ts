import { Readable } from 'node:stream';
import { advance, LOG_DISORDER_MS, SchedulerError, SchedulerFailure } from '../contract.ts';
import type { LogEntry, LogPosition } from '../contract.ts';
import { entriesAfter, newest } from '../log-position.ts';
import { Backoff, type EngineClient } from './client.ts';
import { demultiplex, LogStreamError } from './demultiplex.ts';
import { statusOf, unexpected } from './errors.ts';
import type { ExitWatcher } from './exits.ts';

/** How often a silent stream is suspected of having been forgotten by the engine, in milliseconds. */
const WATCHDOG_MS = 15_000;
const SILENCE_LIMIT_MS = 60_000;

/**
 * See `Scheduler.followLog`. The end of a stream is believed if it was opened after the container had ended, or if the
 * last entry is the log's last one: any other end may be a lost connection, an engine that restarts or one that gives up
 * following too early.
 */
export async function* followLog(
  client: EngineClient,
  exits: ExitWatcher,
  id: string,
  after: LogPosition | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  const backoff = new Backoff();
  let position = after ?? {};
  let last: LogEntry | undefined;
  let failingSince: number | undefined;
  let hasEnded = exits.isKnownToHaveEnded(id);
  for (;;) {
    try {
      const stream = await openLog(client, id, position, signal);
      failingSince = undefined;
      for await (const entry of readLog(exits, id, stream, position)) {
        position = advance(position, entry);
        last = entry;
        yield entry;
        backoff.reset();
      }
      signal.throwIfAborted();
      if (hasEnded) return;
      hasEnded = await exits.hasEnded(id, signal);
      if (hasEnded && isSame(last, await readLast(client, id))) return;
      if (hasEnded) continue;
    } catch (error) {
      signal.throwIfAborted();
      if (statusOf(error) === 404) return;
      failingSince ??= Date.now();
      const hopeless = error instanceof LogStreamError || Date.now() - failingSince > SILENCE_LIMIT_MS;
      if (hopeless) throw undeliverable(error, id);
    }
    await backoff.pause(signal);
  }
}

function isSame(one: LogEntry | undefined, other: LogEntry | undefined): boolean {
  if (!one || !other) return one === other;
  return one.stream === other.stream && one.timestamp === other.timestamp && Buffer.compare(one.data, other.data) === 0;
}

/** The last entry of the log. Engines find it from the end, while everything after some time they read from the beginning. */
export async function readLast(
  client: EngineClient,
  id: string,
  streams: { readonly stdout?: boolean; readonly stderr?: boolean } = { stdout: true, stderr: true },
): Promise<LogEntry | undefined> {
  const log = await client.request((docker, abortSignal) =>
    docker.getContainer(id).logs({ ...streams, follow: false, timestamps: true, tail: 1, abortSignal }),
  );
  let last: LogEntry | undefined;
  for await (const entry of demultiplex(Readable.from([log]))) last = entry;
  return last;
}

function undeliverable(error: unknown, id: string): Error {
  if (!(error instanceof LogStreamError)) return unexpected(error, `deliver the log of container ${id}`);
  const message = `the container engine cannot deliver the log of container ${id}: ${error.message}`;
  return new SchedulerError(SchedulerFailure.EngineUnreachable, message, { cause: error });
}

function openLog(client: EngineClient, id: string, position: LogPosition, signal: AbortSignal) {
  const since = sinceParameter(position);
  return client.open(async (docker, abortSignal) => {
    const options = { follow: true, stdout: true, stderr: true, timestamps: true, abortSignal } as const;
    // The declarations know the stream for a literal `follow: true` only in the overload with a callback.
    return (await docker.getContainer(id).logs({ ...options, ...(since && { since }) })) as NodeJS.ReadableStream;
  }, signal);
}

/** Seconds and nanoseconds, inclusive, far enough back for the disorder between the streams. Undefined: everything. */
export function sinceParameter(position: LogPosition): string | undefined {
  const timestamp = newest(position);
  if (timestamp === undefined) return undefined;
  const milliseconds = Date.parse(timestamp) - LOG_DISORDER_MS;
  return (milliseconds / 1000).toFixed(3);
}

async function* readLog(
  exits: ExitWatcher,
  id: string,
  stream: NodeJS.ReadableStream,
  position: LogPosition,
): AsyncGenerator<LogEntry> {
  const source = stream as NodeJS.ReadableStream & AsyncIterable<Uint8Array> & { destroy(): void };
  const isNew = entriesAfter(position);
  let heard = Date.now();
  // Engines have been seen to leave a follower hanging. A container that ended and says nothing is reason to ask anew.
  const suspect = async () => {
    if (Date.now() - heard < WATCHDOG_MS) return;
    const hasEnded = await exits.hasEnded(id).catch(() => false);
    if (hasEnded && Date.now() - heard >= WATCHDOG_MS) source.destroy();
  };
  const watchdog = setInterval(() => void suspect(), WATCHDOG_MS);
  try {
    for await (const entry of demultiplex(source)) {
      heard = Date.now();
      if (isNew(entry)) yield entry;
      heard = Date.now();
    }
  } finally {
    clearInterval(watchdog);
    source.destroy();
  }
}
