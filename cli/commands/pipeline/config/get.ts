import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg, versionArg } from '../../../inputs.ts';
import { configLayout } from '../../../output/config-layout.ts';

export default class PipelineConfigGet extends BaseCommand<typeof PipelineConfigGet> {
  static override summary = 'show one version of a pipeline';
  static override examples = [
    '<%= config.bin %> pipeline config get nightly 3',
    '<%= config.bin %> pipeline config get nightly 0 --json',
  ];
  static override args = { pipeline: pipelineArg, version: versionArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.configs.get(this.pipelineRef(this.args.pipeline), this.args.version);
    this.print(...configLayout(answer.config, this.paint, this.timeStyle));
    return answer;
  }
}
