import { randomUUID } from 'node:crypto';
import { LogFencedError, type LogWriter } from '../../backends/logs/contract.ts';
import type { ObjectStore } from '../../backends/objects/contract.ts';
import { advance, type LogEntry, type LogPosition } from '../../backends/scheduler/contract.ts';
import { attemptKey, type AttemptRef } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import {
  appendSegment,
  claimLog,
  finishClaimedLog,
  findLogTail,
  joinTail,
  readLogTail,
  sealTail,
  type Addition,
  type ClaimedLog,
} from '../../store/logs.ts';
import { encodeEntries } from './format.ts';

/** So many bytes at once go to the object store without a stay in the database. */
const LARGE = 256 * 1024;
/** So many bytes in the database are moved to the object store. */
const TAIL_LIMIT = 4 * 1024 * 1024;
/** At a log's end so many bytes stay in the database for good. */
const SMALL = 64 * 1024;

export interface WriterDependencies {
  readonly db: PrismaClient;
  readonly objects: ObjectStore;
}

/** See `LogStore.openWriter`. */
export async function openLogWriter(deps: WriterDependencies, ref: AttemptRef): Promise<LogWriter> {
  const log = await claimLog(deps.db, ref);
  if (!log) return REMOVED;
  const tail = log.bytes > 0 ? await findLogTail(deps.db, log.id, log.bytes) : { start: 0, segments: 0 };
  return new SegmentWriter(deps, ref, log, tail);
}

/** Of a log that is to be no more. */
const REMOVED: LogWriter = {
  position: undefined,
  finished: true,
  append: async () => undefined,
  note: async () => undefined,
  finish: async () => undefined,
};

/**
 * Appends what comes as rows, and moves them to the object store when they have become many. Every statement holds only for
 * the writer's claim. A crash in between leaves bytes that nothing points to, never a pointer to bytes that are not there.
 */
class SegmentWriter implements LogWriter {
  readonly finished: boolean;
  readonly #deps: WriterDependencies;
  readonly #ref: AttemptRef;
  readonly #log: ClaimedLog;
  #position: LogPosition;
  #bytes: number;
  /** The segments in the database: where they begin, and how many they are. */
  #tail: { start: number; segments: number };

  constructor(
    deps: WriterDependencies,
    ref: AttemptRef,
    log: ClaimedLog,
    tail: { readonly start: number; readonly segments: number },
  ) {
    this.#deps = deps;
    this.#ref = ref;
    this.#log = log;
    this.#position = log.position as LogPosition;
    this.finished = log.finished;
    this.#bytes = log.bytes;
    this.#tail = { ...tail };
  }

  get position(): LogPosition | undefined {
    return this.#bytes === 0 ? undefined : this.#position;
  }

  append(entries: readonly LogEntry[]): Promise<void> {
    return this.#append(entries, entries.reduce(advance, this.#position));
  }

  note(line: string): Promise<void> {
    const timestamp = new Date().toISOString().replace('Z', '000000Z');
    return this.#append([{ stream: 'stderr', timestamp, data: Buffer.from(`${line}\n`) }], this.#position);
  }

  async #append(entries: readonly LogEntry[], position: LogPosition): Promise<void> {
    const [first] = entries;
    if (!first) return;
    const { data, lines } = encodeEntries(entries);
    const addition = { at: this.#bytes, length: data.length, lines, began: new Date(first.timestamp), position };
    if (data.length < LARGE) await this.#addRow(addition, data);
    else await this.#seal({ ...addition, data });
    this.#position = position;
    if (this.#bytes - this.#tail.start >= TAIL_LIMIT) await this.#seal();
  }

  async finish(): Promise<void> {
    const { db } = this.#deps;
    if (!(await finishClaimedLog(db, { task: this.#ref, claim: this.#log }))) throw this.#fenced();
    // The log is complete whatever happens from here on; it may only take more room than it should.
    if (this.#bytes - this.#tail.start > SMALL) await this.#seal().catch(() => undefined);
    else if (this.#tail.segments > 1) await joinTail(db, this.#log, this.#tail.start).catch(() => undefined);
  }

  async #addRow(addition: Addition, data: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!(await appendSegment(this.#deps.db, this.#ref, this.#log, addition, data))) throw this.#fenced();
    this.#bytes += addition.length;
    this.#tail.segments += 1;
  }

  /** Moves the tail to the object store, and with it what is new, if anything is. */
  async #seal(addition?: Addition & { readonly data: Uint8Array }): Promise<void> {
    const { db, objects } = this.#deps;
    const blob = randomUUID();
    const tail = this.#tail.segments > 0 ? await readLogTail(db, this.#log.id) : [];
    const { size } = await objects.put(blob, chunksOf(addition ? [...tail, addition.data] : tail));
    const sealed = { start: this.#tail.start, length: size, blob };
    if (!(await sealTail(db, this.#ref, this.#log, this.#bytes, sealed, addition))) {
      await objects.remove(blob).catch(() => undefined);
      throw this.#fenced();
    }
    this.#bytes += addition?.length ?? 0;
    this.#tail = { start: this.#bytes, segments: 0 };
  }

  #fenced(): LogFencedError {
    return new LogFencedError(`another writer has taken over the log of ${attemptKey(this.#ref)}, or it was removed`);
  }
}

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
