import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg, versionArg } from '../../../inputs.ts';

export default class PipelineConfigDeploy extends BaseCommand<typeof PipelineConfigDeploy> {
  static override summary = 'make a version the one that new runs use, an older one as well';
  static override examples = ['<%= config.bin %> pipeline config deploy nightly 2'];
  static override args = { pipeline: pipelineArg, version: versionArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline } = this.args;
    const ref = this.pipelineRef(pipeline);
    const version = this.args.version || (await gofer.configs.get(ref)).config.version;
    const answer = await gofer.configs.deploy(ref, version);
    const { deployment_id: id, start_version: before } = answer.deployment;
    const instead = before === version ? '' : ` in place of v${before}`;
    this.printSuccess(
      `Deployed v${version} of pipeline '${pipeline}'${instead}`,
      `look at it: gofer pipeline deployment get ${pipeline} ${id}`,
    );
    return answer;
  }
}
