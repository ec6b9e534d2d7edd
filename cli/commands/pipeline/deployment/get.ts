import { BaseCommand } from '../../../base-command.ts';
import { deploymentArg, pipelineArg } from '../../../inputs.ts';
import { paintStatus } from '../../../output/paint.ts';
import { formatColumns } from '../../../output/table.ts';
import { formatDuration, formatTime } from '../../../output/time.ts';

export default class PipelineDeploymentGet extends BaseCommand<typeof PipelineDeploymentGet> {
  static override summary = 'show one deployment of a pipeline';
  static override examples = ['<%= config.bin %> pipeline deployment get nightly 2'];
  static override args = { pipeline: pipelineArg, deployment: deploymentArg };

  async run() {
    const gofer = await this.connect();
    const { pipeline, deployment: id } = this.args;
    const answer = await gofer.deployments.get(this.pipelineRef(pipeline), id);
    const { start_version, end_version, started, ended, state, status, status_reason: reason } = answer.deployment;
    const { paint, timeStyle: time } = this;
    this.print(
      `Deployment ${paint('blue', `#${id}`)} of Pipeline ${paint('blue', pipeline)} :: ${paintStatus(paint, state)} :: ${paintStatus(paint, status)}`,
      '',
      ...formatColumns([
        ['  Versions:', `${start_version} -> ${end_version}`],
        ['  Started:', formatTime(started, 'Not yet', time)],
        ['  Ended:', formatTime(ended, 'Still running', time)],
        ['  Duration:', formatDuration(started, ended, time.now)],
        ...(reason ? [['  Reason:', reason.description]] : []),
      ]),
    );
    return answer;
  }
}
