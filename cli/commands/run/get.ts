import { BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';
import { runLayout } from '../../output/run-layout.ts';

export default class RunGet extends BaseCommand<typeof RunGet> {
  static override summary = 'show a run and its tasks';
  static override examples = ['<%= config.bin %> run get nightly 7'];
  static override args = { pipeline: pipelineArg, run: runArg };

  async run() {
    const gofer = await this.connect();
    const ref = this.runRef(this.args.pipeline, this.args.run);
    const answer = await gofer.runs.get(ref);
    if (!this.jsonEnabled()) {
      const { task_executions } = await gofer.tasks.list(ref);
      this.print(...runLayout(answer.run, task_executions, this.paint, this.timeStyle));
    }
    return answer;
  }
}
