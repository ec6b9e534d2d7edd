import type { TaskRef } from '../../core/ids.ts';
import type { LogEntry, LogPosition } from '../scheduler/contract.ts';

/** Appends to the log of one task. There is one writer at a time. */
export interface LogWriter {
  /** Where an earlier writer stopped; undefined for an empty log. */
  readonly position: LogPosition | undefined;
  /** True if there is nothing more to write. */
  readonly finished: boolean;
  /** Resolves when the entries are handed to the operating system, so that they survive the death of this process. */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Marks the log as finished: readers end after its last byte. */
  finish(): Promise<void>;
  /** Lets go of the log without finishing it; another writer may continue. */
  close(): Promise<void>;
}

/** One line as it is shown: without the final newline, with invalid UTF-8 replaced. */
export interface LogLine {
  readonly stream: LogEntry['stream'];
  readonly timestamp: string;
  readonly text: string;
  /** False for an unfinished last line, and for a piece of an overlong one that goes on in the stream's next `LogLine`. */
  readonly terminated: boolean;
}

/** Keeps what containers print, while they run and after. */
export interface LogStore {
  openWriter(task: TaskRef): Promise<LogWriter>;
  /**
   * Yields all lines from the first on and then those still to come, as they are written, until the log is finished.
   * Starts waiting if nothing has been written yet. Aborting `signal` ends it quietly.
   */
  read(task: TaskRef, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Removes all logs of a namespace, or of one of its pipelines. */
  removeAll(namespace: string, pipeline?: string): Promise<void>;
  /** Removes a log. A missing one is fine. */
  remove(task: TaskRef): Promise<void>;
}
