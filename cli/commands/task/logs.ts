import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg, taskArg } from '../../inputs.ts';

export default class TaskLogs extends BaseCommand<typeof TaskLogs> {
  static override summary = "print a task's log and follow it until the task ends";
  static override examples = ['<%= config.bin %> task logs nightly 7 report'];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };

  async run(): Promise<void> {
    const { taskLog } = await import('../../follow/task-log.ts');
    const gofer = await this.connect();
    const { pipeline, run, task } = this.args;
    const ref = this.taskRef(pipeline, run, task);
    // A stream can only be closed with a reason, so a wrong name is better found before.
    await gofer.tasks.get(ref);
    for await (const line of taskLog(gofer, ref)) {
      this.print(line);
      this.printJsonLine({ task_id: task, line });
    }
  }
}
