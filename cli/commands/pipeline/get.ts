import { BaseCommand } from '../../base-command.ts';
import { pipelineArg } from '../../inputs.ts';
import { pipelineLayout } from '../../output/pipeline-layout.ts';

export default class PipelineGet extends BaseCommand<typeof PipelineGet> {
  static override summary = 'show a pipeline, its tasks and its latest runs';
  static override examples = ['<%= config.bin %> pipeline get nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const ref = this.pipelineRef(this.args.pipeline);
    const answer = await gofer.pipelines.get(ref);
    if (this.jsonEnabled()) return answer;
    const [{ config }, { runs }] = await Promise.all([
      gofer.configs.get(ref),
      gofer.runs.list(ref, { limit: 5, reverse: true }),
    ]);
    this.print(...pipelineLayout(answer.pipeline, config, runs, this.paint, this.timeStyle));
    return answer;
  }
}
