import type { Command } from '@oclif/core';
import type { RunRef } from '../core/ids.ts';
import type { GoferClient } from '../sdk/client.ts';
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
  ): Promise<{ run: Run } | undefined> {
    const values = parseVariables(variables);
    const gofer = await this.connect();
    return this.showStart(gofer, pipeline, await gofer.runs.start(this.pipelineRef(pipeline), values), follow);
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

  /** Shows a run until it ends. The exit status becomes the run's. Ctrl-C stops the watching, not the run. */
  protected async follow(gofer: GoferClient, ref: RunRef): Promise<undefined> {
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
    const onInterrupt = (): void => interrupt.abort();
    process.once('SIGINT', onInterrupt);
    try {
      const last = await followRun(gofer, ref, report, interrupt.signal);
      if (interrupt.signal.aborted) this.#reportInterrupt(ref);
      else this.#reportEnd(last);
    } finally {
      process.off('SIGINT', onInterrupt);
    }
    return undefined;
  }

  #reportEnd(run: Run): void {
    this.printJsonLine({ run });
    const lasted = formatDuration(run.started, run.ended, Date.now());
    const reason = run.status === 'successful' ? '' : runReason(run);
    const { pipeline_id: pipeline, run_id: id } = run;
    this.print(
      `run #${id} of pipeline '${pipeline}' ${paintStatus(this.paint, run.status)} after ${lasted}${reason && ` (${reason})`}`,
    );
    if (run.status === 'successful') return;
    this.print(`  see why: gofer run get ${pipeline} ${id}`);
    process.exitCode = EXIT.failed;
  }

  #reportInterrupt({ pipeline, run }: RunRef): void {
    this.print(`run #${run} goes on; watch it again: gofer run follow ${pipeline} ${run}`);
    process.exitCode = EXIT.interrupted;
  }
}
