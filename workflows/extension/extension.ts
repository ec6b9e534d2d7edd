import { CancellationScope, condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import { isSignalledRun, nextRestart, type ExtensionEnd, type SignalledRun } from '../../core/extensions.ts';
import { changedSignal, eventsArrivedSignal, startRunSignal } from '../messages.ts';
import { steps, supervisor, ticker } from './proxies.ts';

/** What an extension remembers from one history to the next. */
export interface ExtensionState {
  /** How often in a row its container has ended. */
  readonly failures: number;
  /** Whether external events may be waiting. */
  readonly events: boolean;
  /** Runs that it was asked to start. */
  readonly runs: readonly SignalledRun[];
}

/**
 * An installed extension: keeps its container, if it has one, in the state that its record asks for, hands external events
 * on, and starts the runs that programs ask for by signals.
 */
export async function extension(id: string, carried?: ExtensionState): Promise<void> {
  await new ExtensionKeeper(id, carried).keep();
}

class ExtensionKeeper {
  readonly #id: string;
  readonly #runs: SignalledRun[];
  #failures: number;
  #events: boolean;
  #changes = 0;
  #over = false;
  /** Whether this is the first history: the extension is new, or its workflow was lost or ended from outside. */
  #fresh: boolean;

  constructor(id: string, carried?: ExtensionState) {
    const { failures, events, runs } = carried ?? { failures: 0, events: true, runs: [] };
    this.#id = id;
    this.#fresh = carried === undefined;
    this.#failures = failures;
    this.#events = events;
    this.#runs = [...runs];
    setHandler(changedSignal, () => {
      this.#changes += 1;
      // They are kept for one that was switched off.
      this.#events = true;
    });
    setHandler(eventsArrivedSignal, () => {
      this.#events = true;
    });
    setHandler(startRunSignal, (run) => {
      if (isSignalledRun(run)) this.#runs.push(run);
    });
  }

  /** Resolves once the extension is uninstalled and nothing of it is left. */
  async keep(): Promise<void> {
    const side = Promise.all([this.#passEvents(), this.#startRuns()]);
    for (;;) {
      const seen = this.#changes;
      const wish = await steps.readExtension(this.#id, this.#fresh);
      this.#fresh = false;
      if (wish.kind === 'container') await this.#keepContainer(wish.revision, () => this.#changes > seen);
      else {
        await steps.clearExtension(this.#id);
        this.#failures = 0;
        // Whoever installed it again meanwhile has said so; that must not end with this.
        if (wish.kind === 'gone' && this.#changes === seen) break;
        if (wish.kind === 'builtin' && wish.ticks) await this.#serveTicks(() => this.#changes > seen);
        else await condition(() => this.#changes > seen || historyIsLong());
      }
      if (historyIsLong()) await this.#renew(side);
    }
    this.#over = true;
    await side;
  }

  /**
   * Stays with one container, and after its end for a while without one, unless the record changes. The supervisor sees by
   * itself what a change means for its container: a signal alone, which may come twice, stops nothing.
   */
  async #keepContainer(revision: string, changed: () => boolean): Promise<void> {
    const end = await this.#supervise(revision);
    if (!end) return;
    if (end.stopped) {
      this.#failures = 0;
      return;
    }
    const { failures, pauseMs } = nextRestart(this.#failures, end.wellMs);
    this.#failures = failures;
    await condition(changed, pauseMs);
  }

  /** Returns nothing if a new history is due, which finds the container where this one leaves it. */
  async #supervise(revision: string): Promise<ExtensionEnd | undefined> {
    const supervision = supervisor.superviseExtension(this.#id, revision);
    let over = false;
    supervision.then(
      () => (over = true),
      () => (over = true),
    );
    await condition(() => over || historyIsLong());
    return over ? supervision : undefined;
  }

  /** Has somebody look at the clock until the record changes, or a new history does the same. */
  async #serveTicks(changed: () => boolean): Promise<void> {
    const scope = new CancellationScope();
    const clock = scope.run(() => ticker().serveTicks(this.#id));
    // It ends by being cancelled; everything else is tried again.
    clock.catch(() => undefined);
    await condition(() => changed() || historyIsLong());
    scope.cancel();
  }

  async #passEvents(): Promise<void> {
    let pauseMs: number | undefined;
    for (;;) {
      const wake = () => this.#events || this.#leaving();
      await (pauseMs === undefined ? condition(wake) : condition(wake, pauseMs));
      if (this.#leaving()) return;
      this.#events = false;
      pauseMs = await steps.passEvents(this.#id);
    }
  }

  async #startRuns(): Promise<void> {
    while (!this.#leaving()) {
      await condition(() => this.#runs.length > 0 || this.#leaving());
      const [run] = this.#runs;
      if (run === undefined || this.#leaving()) continue;
      await steps.startSignalledRun(this.#id, run);
      this.#runs.shift();
    }
  }

  #leaving(): boolean {
    return this.#over || historyIsLong();
  }

  async #renew(side: Promise<unknown>): Promise<never> {
    await side;
    return continueAsNew<typeof extension>(this.#id, {
      failures: this.#failures,
      events: this.#events,
      runs: this.#runs,
    });
  }
}

function historyIsLong(): boolean {
  return workflowInfo().continueAsNewSuggested;
}
