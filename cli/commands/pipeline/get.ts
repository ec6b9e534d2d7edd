import { ApiError } from '../../../sdk/errors.ts';
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
    const [{ config }, { runs }, { subscriptions }] = await Promise.all([
      gofer.configs.get(ref),
      gofer.runs.list(ref, { limit: 5, reverse: true }),
      gofer.subscriptions.list(ref).catch(nothingIfRefused),
    ]);
    this.print(...pipelineLayout(answer.pipeline, config, runs, subscriptions, this.paint, this.timeStyle));
    return answer;
  }
}

/** Whoever may read pipelines may not always read subscriptions. */
function nothingIfRefused(error: unknown): { subscriptions: [] } {
  if (error instanceof ApiError && error.status === 401) return { subscriptions: [] };
  throw error;
}
