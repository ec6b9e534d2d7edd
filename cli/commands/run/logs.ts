import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';
import { taskStyle } from '../../output/paint.ts';

export default class RunLogs extends BaseCommand<typeof RunLogs> {
  static override summary = "print the logs of a run's tasks, one task after the other";
  static override description =
    'Tasks come in the order in which they started. The log of a running task is followed to its end; tasks that have not started are left out. See run follow for all at once.';
  static override examples = ['<%= config.bin %> run logs nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run(): Promise<void> {
    const { taskLog } = await import('../../follow/task-log.ts');
    const gofer = await this.connect();
    const ref = this.runRef(this.args.pipeline, this.args.run);
    const { task_executions } = await gofer.tasks.list(ref);
    const started = task_executions
      .filter((execution) => execution.started > 0)
      .sort((one, other) => one.started - other.started);
    const width = Math.max(0, ...started.map(({ task_id }) => task_id.length));
    for (const [index, { task_id }] of started.entries()) {
      const prefix = `${this.paint(taskStyle(index), task_id.padEnd(width))} ${this.paint('gray', '|')} `;
      for await (const { text: line } of taskLog(gofer, { ...ref, task: task_id })) {
        this.print(`${prefix}${line}`);
        this.printJsonLine({ task_id, line });
      }
    }
  }
}
