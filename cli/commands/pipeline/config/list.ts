import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { statusCell } from '../../../output/status-cell.ts';
import { formatTime } from '../../../output/time.ts';

export default class PipelineConfigList extends BaseCommand<typeof PipelineConfigList> {
  static override summary = 'list the versions of a pipeline, newest first';
  static override examples = ['<%= config.bin %> pipeline config list nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.configs.list(this.pipelineRef(this.args.pipeline));
    const time = this.timeStyle;
    this.printTable(
      ['version', 'state', 'registered', 'deprecated'],
      answer.configs.map(({ version, state, registered, deprecated }) => [
        String(version),
        statusCell(this.paint, state),
        formatTime(registered, 'Unknown', time),
        formatTime(deprecated, 'Never', time),
      ]),
    );
    return answer;
  }
}
