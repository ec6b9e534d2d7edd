import { Flags } from '@oclif/core';
import type { TaskRef } from '../../../core/ids.ts';
import type { GoferClient } from '../../../sdk/client.ts';
import type { LogLine } from '../../../sdk/wire.ts';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { patternFlag, pipelineArg, runArg, sinceFlag, taskArg, yesFlag } from '../../inputs.ts';
import { requireConfirmation } from '../../prompt.ts';

export default class TaskLogs extends BaseCommand<typeof TaskLogs> {
  static override summary = "print a task's log and follow it until the task ends";
  static override description = 'The logs of all attempts come one after the other.';
  static override examples = [
    '<%= config.bin %> task logs nightly 7 report',
    '<%= config.bin %> task logs nightly 7 report --tail 20 --timestamps',
    "<%= config.bin %> task logs nightly 7 report --since 10m --grep 'error|warning'",
    '<%= config.bin %> task logs nightly 7 report --delete',
  ];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };
  static override flags = {
    tail: Flags.integer({
      min: 1,
      max: 10_000,
      exclusive: ['since'],
      summary: 'begin with so many of the last lines of the newest attempt',
    }),
    since: sinceFlag,
    timestamps: Flags.boolean({ summary: 'show when each line was printed' }),
    grep: patternFlag,
    attempt: Flags.integer({ min: 1, summary: 'only this attempt' }),
    delete: Flags.boolean({
      exclusive: ['tail', 'since', 'timestamps', 'grep', 'attempt'],
      summary: 'remove the logs of all attempts instead; the task has to have ended',
    }),
    yes: yesFlag,
  };

  async run() {
    const gofer = await this.connect();
    const { pipeline, run, task } = this.args;
    const { timestamps, grep } = this.flags;
    const ref = this.taskRef(pipeline, run, task);
    if (this.flags.delete) return this.#delete(gofer, ref);
    // A stream can only be closed with a reason, so a wrong name is better found before.
    const { logs_expired: expired, logs_removed: removed } = (await gofer.tasks.get(ref)).task_execution;
    if (expired || removed) {
      throw new CommandError(`the log of task '${task}' ${expired ? 'has expired' : 'was removed'}`, EXIT.notFound);
    }
    for await (const { text, timestamp, attempt, stream } of this.#lines(gofer, ref)) {
      if (grep && !grep.test(text)) continue;
      this.print(timestamps ? `${this.paint('gray', timestamp)} ${text}` : text);
      this.printJsonLine({ task_id: task, line: text, attempt, stream, timestamp });
    }
    return undefined;
  }

  async #delete(gofer: GoferClient, ref: TaskRef) {
    const { pipeline, run, task } = ref;
    await requireConfirmation(`Remove the log of task '${task}' of run #${run}?`, this.flags.yes);
    await gofer.tasks.deleteLogs(ref);
    this.printSuccess(`Removed the log of task '${task}' of run #${run}`);
    return actionDone({ namespace_id: ref.namespace, pipeline_id: pipeline, run_id: run, task_id: task });
  }

  async *#lines(gofer: GoferClient, ref: TaskRef): AsyncGenerator<LogLine, void, undefined> {
    const { lastLinesOn, taskLog } = await import('../../follow/task-log.ts');
    const { tail, since, attempt } = this.flags;
    const start = { ...(since !== undefined && { since }), ...(attempt !== undefined && { attempt }) };
    yield* tail === undefined ? taskLog(gofer, ref, start) : lastLinesOn(gofer, ref, tail, start);
  }
}
