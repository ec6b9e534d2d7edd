import { BaseCommand } from '../../base-command.ts';
import { statusCell } from '../../output/status-cell.ts';
import { formatTime } from '../../output/time.ts';

export default class PipelineList extends BaseCommand<typeof PipelineList> {
  static override summary = 'list the pipelines of a namespace';
  static override examples = ['<%= config.bin %> pipeline list --namespace team-a'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.pipelines.list(this.settings.namespace, { include: 'last_run' });
    // The API answers an empty list for a namespace that does not exist.
    if (answer.pipelines.length === 0) await gofer.namespaces.get(this.settings.namespace);
    const time = this.timeStyle;
    this.printTable(
      ['id', 'state', 'created', 'last run'],
      answer.pipelines.map(({ pipeline_id, state, created, last_run }) => [
        pipeline_id,
        statusCell(this.paint, state),
        formatTime(created, 'Unknown', time),
        formatTime(last_run?.started ?? 0, 'Never', time),
      ]),
    );
    return answer;
  }
}
