import type { ReadStream, WriteStream } from 'node:tty';
import type { RunRef } from '../../../core/ids.ts';
import type { GoferClient } from '../../../sdk/client.ts';
import type { Run, TaskExecution } from '../../../sdk/wire.ts';
import { layersOf } from '../../output/layers.ts';
import type { Paint } from '../../output/paint.ts';
import { terminalSize } from '../../output/terminal-size.ts';
import { watchRun } from '../watch-run.ts';
import { drawEnd, drawRun } from './draw.ts';
import { CTRL_C, listenToKeys } from './keys.ts';
import { Screen } from './screen.ts';
import { Tails } from './tails.ts';

const REDRAW_MS = 120;
const HINT = 'Ctrl-C: leave or cancel';
const QUESTION = 'Leave the run going (l), cancel it (c), or stay (any other key)?';
const CANCELLING = 'cancelling; Ctrl-C: leave at once';
const HINT_OF_CANCELLING = 'Ctrl-C: cancel';

export interface Terminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly paint: Paint;
}

export interface LiveOptions {
  /** Ctrl-C cancels the run without a question. */
  readonly cancelsOnInterrupt?: boolean;
}

/** What a live view ended with; the run is not complete if the user has left before. */
export interface Watched {
  readonly run: Run;
  readonly executions: readonly TaskExecution[];
}

/** Shows a run on a terminal as it goes, until it has ended or the user leaves, and leaves its tasks there. */
export async function showLive(
  gofer: GoferClient,
  ref: RunRef,
  run: Run,
  terminal: Terminal,
  { cancelsOnInterrupt = false }: LiveOptions = {},
): Promise<Watched> {
  const view = new LiveView(gofer, ref, run, terminal, cancelsOnInterrupt);
  try {
    return await view.show();
  } finally {
    view.close();
  }
}

class LiveView {
  readonly #gofer: GoferClient;
  readonly #ref: RunRef;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #tails: Tails;
  readonly #leave = new AbortController();
  #run: Run;
  #executions: readonly TaskExecution[] = [];
  readonly #cancelsOnInterrupt: boolean;
  #footer: string;
  /** Tells what it was given up for, if that was not the end. */
  #failure: Error | undefined;
  readonly #release: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(gofer: GoferClient, ref: RunRef, run: Run, terminal: Terminal, cancelsOnInterrupt: boolean) {
    this.#cancelsOnInterrupt = cancelsOnInterrupt;
    this.#footer = cancelsOnInterrupt ? HINT_OF_CANCELLING : HINT;
    this.#gofer = gofer;
    this.#ref = ref;
    this.#run = run;
    this.#terminal = terminal;
    this.#screen = new Screen(terminal.output, () => terminalSize(terminal.output));
    this.#tails = new Tails(gofer, ref);
    this.#release = listenToKeys(terminal.input, (key) => this.#onKey(key));
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    process.once('SIGTERM', this.#onTerminate);
  }

  async show(): Promise<Watched> {
    const look = (run: Run, executions: readonly TaskExecution[]): void => {
      this.#run = run;
      this.#executions = inOrder(executions, this.#executions);
      this.#tails.update(executions);
      this.#draw();
    };
    const run = await watchRun(this.#gofer, this.#ref, look, this.#leave.signal);
    if (this.#failure) throw this.#failure;
    clearInterval(this.#timer);
    const state = { run, executions: this.#executions, now: Date.now() };
    this.#screen.draw(drawEnd(state, terminalSize(this.#terminal.output), this.#terminal.paint));
    return { run, executions: this.#executions };
  }

  close(): void {
    clearInterval(this.#timer);
    process.off('SIGTERM', this.#onTerminate);
    this.#screen.leave();
    this.#release();
    this.#tails.close();
  }

  #draw(): void {
    const state = {
      run: this.#run,
      executions: this.#executions,
      tails: this.#tails.lines,
      now: Date.now(),
      footer: this.#footer,
    };
    this.#screen.draw(drawRun(state, terminalSize(this.#terminal.output), this.#terminal.paint));
  }

  #onTerminate = (): void => this.#leave.abort();

  #onKey(key: string): void {
    if (this.#footer === QUESTION) this.#answer(key);
    else if (key === CTRL_C && this.#footer === CANCELLING) this.#leave.abort();
    else if (key === CTRL_C && this.#cancelsOnInterrupt) this.#cancel();
    else if (key === CTRL_C) this.#footer = QUESTION;
    this.#draw();
  }

  #answer(key: string): void {
    if (key === 'l' || key === 'L' || key === CTRL_C) this.#leave.abort();
    if (key === 'c' || key === 'C') this.#cancel();
    else this.#footer = HINT;
  }

  #cancel(): void {
    this.#footer = CANCELLING;
    this.#gofer.runs.cancel(this.#ref).catch((error: Error) => {
      this.#failure = error;
      this.#leave.abort();
    });
  }
}

/** Parents before children. The graph of a run does not change, so neither does the order. */
function inOrder(executions: readonly TaskExecution[], before: readonly TaskExecution[]): readonly TaskExecution[] {
  const byId = new Map(executions.map((execution) => [execution.task_id, execution]));
  const known = before.flatMap(({ task_id }) => byId.get(task_id) ?? []);
  if (known.length === executions.length) return known;
  return layersOf(
    executions.map((execution) => ({ id: execution.task_id, depends_on: execution.task.depends_on, execution })),
  )
    .flat()
    .map(({ execution }) => execution);
}
