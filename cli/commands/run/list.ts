import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { pipelineArg } from '../../inputs.ts';
import { waitingFor } from '../../output/outcome.ts';
import { statusCell } from '../../output/status-cell.ts';
import { formatDuration, formatTime } from '../../output/time.ts';

export default class RunList extends BaseCommand<typeof RunList> {
  static override summary = "list a pipeline's runs, newest first";
  static override examples = ['<%= config.bin %> run list nightly --limit 50'];
  static override args = { pipeline: pipelineArg };
  static override flags = {
    limit: Flags.integer({ char: 'l', default: 10, min: 0, summary: 'how many runs to show' }),
    offset: Flags.integer({ char: 'o', default: 0, min: 0, summary: 'how many runs to pass over' }),
    'no-reverse': Flags.boolean({ char: 'n', summary: 'oldest first' }),
  };

  async run() {
    const { limit, offset, 'no-reverse': oldestFirst } = this.flags;
    const gofer = await this.connect();
    const ref = this.pipelineRef(this.args.pipeline);
    const answer = await gofer.runs.list(ref, { limit, offset, reverse: !oldestFirst });
    // The API answers an empty list for a pipeline that does not exist.
    if (answer.runs.length === 0) await gofer.pipelines.get(ref);
    const time = this.timeStyle;
    // Only where runs wait is there a column that says what for.
    const waits = answer.runs.some((run) => waitingFor(run) !== '');
    this.printTable(
      ['id', 'started', 'ended', 'duration', 'state', 'status', 'started by', ...(waits ? ['waits for'] : [])],
      answer.runs.map((run) => [
        String(run.run_id),
        formatTime(run.started, 'Not yet', time),
        formatTime(run.ended, 'Not yet', time),
        formatDuration(run.started, run.ended, time.now),
        statusCell(this.paint, run.state),
        statusCell(this.paint, run.status),
        run.initiator.user,
        ...(waits ? [waitingFor(run)] : []),
      ]),
    );
    return answer;
  }
}
