import type { RunRef } from '../../core/ids.ts';
import { events } from '../data/live.ts';
import type { Line, LogBook } from './log-book.ts';
import type { LogSource, LogState } from './log-source.ts';
import { readTask } from './task-log.ts';

/** So many logs are read at the same time at first. */
const AT_ONCE = 4;
/** So many lines are shown at a stretch, before the page may do something else. */
const SLICE = 20_000;

/**
 * What all tasks of a run print. What is there is put in the order of its times; what comes, in the order in which it comes.
 *
 * It is complete as soon as all logs are that it knows of: whether the run has ended, the reader knows.
 *
 * @param started the tasks that may have printed something; those that start later join in
 */
export function mergedLog(run: RunRef, started: readonly string[]): LogSource {
  return {
    name: `${run.pipeline}-${run.run}`,
    merged: true,
    follow: (book, signal, onState) => void new Merger(run, book, signal, onState).read(started),
  };
}

class Merger {
  readonly #run: RunRef;
  readonly #book: LogBook;
  readonly #signal: AbortSignal;
  readonly #onState: (state: LogState) => void;
  readonly #known = new Set<string>();
  /** What is to be shown later: first, what is to be put in order, then what comes while that is shown. */
  #past: Line[] | undefined = [];
  #open = 0;

  constructor(run: RunRef, book: LogBook, signal: AbortSignal, onState: (state: LogState) => void) {
    this.#run = run;
    this.#book = book;
    this.#signal = signal;
    this.#onState = onState;
  }

  async read(started: readonly string[]): Promise<void> {
    this.#onState('loading');
    this.#joinLater();
    const waiting = [...started];
    const worker = async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await this.#join(task);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const past = (this.#past ?? []).toSorted((a, b) => a.at - b.at);
    this.#past = [];
    for (let at = 0; at < past.length && !this.#signal.aborted; at += SLICE) {
      this.#book.append(past.slice(at, at + SLICE));
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.#book.append(this.#past);
    this.#past = undefined;
    this.#report();
  }

  #joinLater(): void {
    const { namespace, pipeline, run } = this.#run;
    const stop = events.listen(({ kind }) => {
      const fields = Object.values(kind)[0] as Readonly<Record<string, unknown>>;
      const ours =
        fields['namespace_id'] === namespace && fields['pipeline_id'] === pipeline && fields['run_id'] === run;
      if (!ours) return;
      if ('started_task_execution' in kind) void this.#join(kind.started_task_execution.task_execution_id);
    });
    this.#signal.addEventListener('abort', stop);
  }

  /** Resolves when all that there is of a task has been read. */
  #join(task: string): Promise<void> {
    if (this.#known.has(task)) return Promise.resolve();
    this.#known.add(task);
    this.#open += 1;
    return new Promise((resolve) => {
      const take = (lines: readonly Line[]) => this.#take(lines.map((line) => ({ ...line, task })));
      void readTask({ ...this.#run, task }, this.#signal, take, resolve).then(() => {
        this.#open -= 1;
        resolve();
        this.#report();
      });
    });
  }

  #take(lines: readonly Line[]): void {
    if (this.#past) for (const line of lines) this.#past.push(line);
    else this.#book.append(lines);
  }

  #report(): void {
    if (this.#signal.aborted || this.#past) return;
    this.#onState(this.#open === 0 ? 'complete' : 'following');
  }
}
