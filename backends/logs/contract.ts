import type { AttemptRef, TaskRef } from '../../core/ids.ts';
import type { LogEntry, LogPosition } from '../scheduler/contract.ts';

/** Thrown to a writer whose log was claimed by another one since, or removed. Nothing was written. */
export class LogFencedError extends Error {
  override readonly name = 'LogFencedError';
}

/** Appends to the log of one attempt. The newest writer is the only one that can; see `LogFencedError`. */
export interface LogWriter {
  /** Where an earlier writer stopped; undefined for an empty log. */
  readonly position: LogPosition | undefined;
  /** True if there is nothing more to write, because the log was finished or removed before. */
  readonly finished: boolean;
  /**
   * Resolves when the entries are where readers find them and the death of this process does not harm them. A crash of the
   * database may: then the position goes back with them, so the container has to stay until the log is finished.
   *
   * @throws LogFencedError
   */
  append(entries: readonly LogEntry[]): Promise<void>;
  /**
   * Adds a line that no container has printed, as of now. It does not count for the position.
   *
   * @throws LogFencedError
   */
  note(line: string): Promise<void>;
  /**
   * Marks the log as complete: readers end after its last byte. Resolves when all of it survives any crash.
   *
   * @throws LogFencedError
   */
  finish(): Promise<void>;
}

/** One line as it is shown: without the final newline, with invalid UTF-8 replaced. */
export interface LogLine {
  readonly attempt: number;
  readonly stream: LogEntry['stream'];
  /** RFC 3339 with nanoseconds. */
  readonly timestamp: string;
  readonly text: string;
  /** False for an unfinished last line, and for a piece of an overlong one that goes on in the stream's next `LogLine`. */
  readonly terminated: boolean;
  /** The place behind this line, to begin reading `from`. */
  readonly position: string;
}

export interface ReadOptions {
  /** Only this attempt; without it one attempt after the other. */
  readonly attempt?: number;
  /** The `position` of a line: reading begins behind it, in that line's attempt. */
  readonly from?: string;
  /** Only lines printed then or later, by the engine's clock. */
  readonly since?: Date;
  /** Also what is still to be written, until the log is complete. */
  readonly follow: boolean;
  /** Ends reading quietly. */
  readonly signal: AbortSignal;
}

/** What logs a task has. */
export interface TaskLogList {
  /** Each attempt that has a log, in their order, and whether nothing more will be written to it. */
  readonly logs: readonly { readonly attempt: number; readonly complete: boolean }[];
  /** There will be no further log. */
  readonly over: boolean;
}

/** Keeps what containers print, while they run and after. */
export interface LogStore {
  /**
   * Claims the log: whoever wrote to it before cannot any more.
   *
   * @throws GoferError `not_found` if there is no such task execution
   */
  openWriter(ref: AttemptRef): Promise<LogWriter>;
  /** Marks a log as complete, whoever writes to it. One that nobody ever opened needs that not: it ends with its task. */
  finish(ref: AttemptRef): Promise<void>;
  /**
   * Yields lines in the order in which they were written, as many at a time as there are at hand. Following ends when the
   * log is complete and, if it is about all attempts, the task has ended; it begins waiting if nothing has been written yet.
   *
   * @throws GoferError `invalid` if `from` is not a position
   */
  read(task: TaskRef, options: ReadOptions): AsyncIterable<readonly LogLine[]>;
  /** The last lines that are there, of the newest attempt if none is given; a longer line than 1 MiB counts as several. */
  tail(task: TaskRef, lines: number, attempt?: number): Promise<readonly LogLine[]>;
  list(task: TaskRef): Promise<TaskLogList>;
}
