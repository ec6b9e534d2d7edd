import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { statusCell } from '../../../output/status-cell.ts';
import { formatTime } from '../../../output/time.ts';

export default class PipelineDeploymentList extends BaseCommand<typeof PipelineDeploymentList> {
  static override summary = 'list the deployments of a pipeline: its switches from one version to another';
  static override examples = ['<%= config.bin %> pipeline deployment list nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.deployments.list(this.pipelineRef(this.args.pipeline));
    const time = this.timeStyle;
    this.printTable(
      ['id', 'versions', 'started', 'ended', 'state', 'status'],
      answer.deployments.map(({ deployment_id, start_version, end_version, started, ended, state, status }) => [
        String(deployment_id),
        `${start_version} -> ${end_version}`,
        formatTime(started, 'Not yet', time),
        formatTime(ended, 'Still running', time),
        statusCell(this.paint, state),
        statusCell(this.paint, status),
      ]),
    );
    return answer;
  }
}
