import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { statusCell } from '../../../output/status-cell.ts';
import { formatTime } from '../../../output/time.ts';

export default class PipelineSubscriptionList extends BaseCommand<typeof PipelineSubscriptionList> {
  static override summary = 'list the subscriptions of a pipeline';
  static override examples = ['<%= config.bin %> pipeline subscription list nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.subscriptions.list(this.pipelineRef(this.args.pipeline));
    const time = this.timeStyle;
    this.printTable(
      ['id', 'extension', 'status', 'next run', 'settings'],
      answer.subscriptions.map(({ subscription_id, extension_id, status, settings, next }) => [
        subscription_id,
        extension_id,
        statusCell(this.paint, status),
        formatTime(next?.[0] ?? 0, '', time),
        Object.entries(settings)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      ]),
    );
    return answer;
  }
}
