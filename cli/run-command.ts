import type { Command } from '@oclif/core';
import type { RunRef } from '../core/ids.ts';
import type { GoferClient, RunStartOptions } from '../sdk/client.ts';
import type { Run } from '../sdk/wire.ts';
import { BaseCommand, parseVariables } from './base-command.ts';
import { EXIT } from './errors.ts';
import { runReason } from './output/outcome.ts';
import { paintStatus } from './output/paint.ts';
import { formatDuration } from './output/time.ts';

/** Commands that start or follow a run. */
export abstract class RunCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Starts a run, and follows it if asked to. Gives back the API's answer, or nothing after a stream. */
  protected async startRun(
    pipeline: string,
    variables: readonly string[],
    follow: boolean | undefined,
    options: RunStartOptions = {},
  ): Promise<{ run: Run } | undefined> {
    const values = parseVariables(variables);
    const gofer = await this.connect();
    const answer = await gofer.runs.start(this.pipelineRef(pipeline), values, options);
    return this.showStart(gofer, pipeline, answer, follow);
  }

  /** Reports a run that has been started, and follows it if asked to. Gives back what `startRun` does. */
  protected async showStart(
    gofer: GoferClient,
    pipeline: string,
    answer: { run: Run },
    follow: boolean | undefined,
  ): Promise<{ run: Run } | undefined> {
    const { run_id, detail } = answer.run;
    const origin = detail?.rerun_of === undefined ? '' : `, which repeats #${detail.rerun_of}`;
    const done = `Started run #${run_id} of pipeline '${pipeline}'${origin}`;
    if (follow) {
      this.printSuccess(done);
      return this.follow(gofer, this.runRef(pipeline, run_id));
    }
    this.printSuccess(
      done,
      `watch it:     gofer run follow ${pipeline} ${run_id}`,
      `look at it:   gofer run get ${pipeline} ${run_id}`,
    );
    return answer;
  }

  /**
   * Shows a run until it ends: on a terminal as a picture, elsewhere as lines. The exit status becomes the run's. Ctrl-C asks
   * on a terminal what it is meant for; elsewhere it stops the watching, not the run.
   */
  protected async follow(gofer: GoferClient, ref: RunRef): Promise<undefined> {
    const run = await (this.#isLive ? this.#followLive(gofer, ref) : this.#followPlainly(gofer, ref));
    if (run.state !== 'complete') return this.#reportInterrupt(ref);
    this.#reportEnd(run);
    if (run.status !== 'successful') this.print(`  see why: gofer run get ${ref.pipeline} ${ref.run}`);
  }

  /** The same for a run that nobody else will look at: Ctrl-C cancels it, and it is over when this is done. */
  protected async followToItsEnd(gofer: GoferClient, ref: RunRef): Promise<void> {
    const run = await (this.#isLive ? this.#followLive(gofer, ref, true) : this.#followPlainly(gofer, ref, true));
    this.#reportEnd(run.state === 'complete' ? run : await this.#kill(gofer, ref));
  }

  /** Ends a run at once. */
  async #kill(gofer: GoferClient, ref: RunRef): Promise<Run> {
    await gofer.runs.cancel(ref);
    const { task_executions: executions } = await gofer.tasks.list(ref);
    const running = executions.filter(({ state }) => state === 'running' || state === 'processing');
    await Promise.all(running.map(({ task_id: task }) => gofer.tasks.cancel({ ...ref, task }, 0)));
    return gofer.waitForRun(ref);
  }

  get #isLive(): boolean {
    const drawable = process.stdout.isTTY && process.env['TERM'] !== 'dumb';
    return drawable && this.settings.outputFormat === 'plain' && !this.jsonEnabled();
  }

  async #followLive(gofer: GoferClient, ref: RunRef, cancelsOnInterrupt = false): Promise<Run> {
    const [{ showLive }, { failureLines }] = await Promise.all([
      import('./follow/live/live-view.ts'),
      import('./follow/failures.ts'),
    ]);
    const { run } = await gofer.runs.get(ref);
    const terminal = { input: process.stdin, output: process.stdout, paint: this.paint };
    const watched = await showLive(gofer, ref, run, terminal, { cancelsOnInterrupt });
    if (watched.run.state === 'complete') {
      this.print(...(await failureLines(gofer, ref, watched.executions, this.paint)), '');
    }
    return watched.run;
  }

  async #followPlainly(gofer: GoferClient, ref: RunRef, cancelsOnInterrupt = false): Promise<Run> {
    const [{ followRun }, { createJsonReport, createPrintReport }] = await Promise.all([
      import('./follow/follow-run.ts'),
      import('./follow/print-report.ts'),
    ]);
    const { run } = await gofer.runs.get(ref);
    const { config } = await gofer.configs.get(ref, run.pipeline_config_version);
    const report = this.jsonEnabled()
      ? createJsonReport((value) => this.printJsonLine(value))
      : createPrintReport(Object.keys(config.tasks), this.paint, (line) => this.print(line));

    const interrupt = new AbortController();
    let mayCancel = cancelsOnInterrupt;
    const onInterrupt = (): void => {
      if (mayCancel) gofer.runs.cancel(ref).catch(() => interrupt.abort());
      else interrupt.abort();
      mayCancel = false;
    };
    const signals = cancelsOnInterrupt ? (['SIGINT', 'SIGTERM'] as const) : (['SIGINT'] as const);
    for (const signal of signals) process.on(signal, onInterrupt);
    try {
      return await followRun(gofer, ref, report, interrupt.signal);
    } finally {
      for (const signal of signals) process.off(signal, onInterrupt);
    }
  }

  #reportEnd(run: Run): void {
    this.printJsonLine({ run });
    const lasted = formatDuration(run.started, run.ended, Date.now());
    const reason = run.status === 'successful' ? '' : runReason(run);
    const { pipeline_id: pipeline, run_id: id } = run;
    this.print(
      `run #${id} of pipeline '${pipeline}' ${paintStatus(this.paint, run.status)} after ${lasted}${reason && ` (${reason})`}`,
    );
    if (run.status !== 'successful') process.exitCode = EXIT.failed;
  }

  #reportInterrupt({ pipeline, run }: RunRef): undefined {
    this.print(`run #${run} goes on; watch it again: gofer run follow ${pipeline} ${run}`);
    process.exitCode = EXIT.interrupted;
  }
}
