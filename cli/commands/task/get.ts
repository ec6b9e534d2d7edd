import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg, taskArg } from '../../inputs.ts';
import { taskLayout } from '../../output/task-layout.ts';

export default class TaskGet extends BaseCommand<typeof TaskGet> {
  static override summary = 'show one task of a run';
  static override examples = ['<%= config.bin %> task get nightly 7 report'];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline, run, task } = this.args;
    const answer = await gofer.tasks.get(this.taskRef(pipeline, run, task));
    this.print(...taskLayout(answer.task_execution, this.paint, this.timeStyle));
    return answer;
  }
}
