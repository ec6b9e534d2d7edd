import { untilAborted } from './abort.ts';

type Report = (line: string) => void;

interface Running<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  /** One for each that waits for the result. */
  readonly reports: Set<{ readonly report: Report }>;
  latest: string | undefined;
}

/**
 * Does once what several want at the same time. All get the result, or the failure, and what is reported on the way. The
 * work is aborted when nobody waits for it any more; whoever comes after that or after its end begins anew.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** Joins the work of this key, or begins it. Aborting `signal` throws its reason. */
  async join(
    key: string,
    work: (report: Report, signal: AbortSignal) => Promise<T>,
    report: Report,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#begin(key, work);
    const member = { report };
    running.reports.add(member);
    if (running.latest !== undefined) report(running.latest);
    try {
      return await untilAborted(running.result, signal);
    } finally {
      running.reports.delete(member);
      if (running.reports.size === 0) this.#end(key, running);
    }
  }

  #begin(key: string, work: (report: Report, signal: AbortSignal) => Promise<T>): Running<T> {
    const abort = new AbortController();
    const reports: Running<T>['reports'] = new Set();
    const report = (line: string) => {
      running.latest = line;
      for (const member of reports) member.report(line);
    };
    // Begun a moment later, so that whoever asked for it hears its first report.
    const result = Promise.resolve().then(() => work(report, abort.signal));
    const running: Running<T> = { result, abort, reports, latest: undefined };
    this.#running.set(key, running);
    const settled = () => this.#end(key, running);
    result.then(settled, settled);
    return running;
  }

  #end(key: string, running: Running<T>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
    running.abort.abort(new Error('nobody waits for this any more'));
  }
}
