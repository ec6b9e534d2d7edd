import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';
import { runLayout } from '../../output/run-layout.ts';
import { terminalSize } from '../../output/terminal-size.ts';
import { timelineLines } from '../../output/timeline.ts';

export default class RunGet extends BaseCommand<typeof RunGet> {
  static override summary = 'show a run, its tasks, and a timeline of them';
  static override description =
    'The timeline shows for each task how long it waited for its turn, fetched its image, was started and ran, from when what it depends on had ended. Earlier attempts are part of it.';
  static override examples = ['<%= config.bin %> run get nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    const gofer = await this.connect();
    const ref = this.runRef(this.args.pipeline, this.args.run);
    const answer = await gofer.runs.get(ref);
    if (!this.jsonEnabled()) {
      const { task_executions } = await gofer.tasks.list(ref);
      const time = this.timeStyle;
      const { columns } = terminalSize(process.stdout);
      const timeline = timelineLines(answer.run, task_executions, columns, this.paint, time.now);
      this.print(...runLayout(answer.run, task_executions, this.paint, time));
      if (timeline.length > 0) this.print('', '  Timeline', ...timeline);
    }
    return answer;
  }
}
