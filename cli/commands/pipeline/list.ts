import { BaseCommand } from '../../base-command.ts';
import { createLimit } from '../../follow/limit.ts';
import { statusCell } from '../../output/status-cell.ts';
import { formatTime } from '../../output/time.ts';

/** The API tells the last run of one pipeline at a time. */
const PARALLEL_REQUESTS = 8;

export default class PipelineList extends BaseCommand<typeof PipelineList> {
  static override summary = 'list the pipelines of a namespace';
  static override examples = ['<%= config.bin %> pipeline list --namespace team-a'];

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.pipelines.list(this.settings.namespace);
    // The API answers an empty list for a namespace that does not exist.
    if (answer.pipelines.length === 0) await gofer.namespaces.get(this.settings.namespace);
    if (this.jsonEnabled()) return answer;
    const limit = createLimit(PARALLEL_REQUESTS);
    const time = this.timeStyle;
    const rows = answer.pipelines.map(({ pipeline_id, state, created }) =>
      limit(async () => {
        const { runs } = await gofer.runs.list(this.pipelineRef(pipeline_id), { limit: 1, reverse: true });
        return [
          pipeline_id,
          statusCell(this.paint, state),
          formatTime(created, 'Unknown', time),
          formatTime(runs[0]?.started ?? 0, 'Never', time),
        ];
      }),
    );
    this.printTable(['id', 'state', 'created', 'last run'], await Promise.all(rows));
    return answer;
  }
}
