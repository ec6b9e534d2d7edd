import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';
import { byParents } from '../../output/outcome.ts';
import { statusCell } from '../../output/status-cell.ts';
import { formatDuration, formatTime } from '../../output/time.ts';

export default class TaskList extends BaseCommand<typeof TaskList> {
  static override summary = 'list the tasks of a run';
  static override examples = ['<%= config.bin %> task list nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.tasks.list(this.runRef(this.args.pipeline, this.args.run));
    const time = this.timeStyle;
    this.printTable(
      ['id', 'started', 'ended', 'duration', 'state', 'status'],
      [...answer.task_executions]
        .sort((one, other) => byParents(one.task, other.task))
        .map((execution) => [
          execution.task_id,
          formatTime(execution.started, 'Not yet', time),
          formatTime(execution.ended, 'Not yet', time),
          formatDuration(execution.started, execution.ended, time.now),
          statusCell(this.paint, execution.state),
          statusCell(this.paint, execution.status),
        ]),
    );
    return answer;
  }
}
