import { Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../../base-command.ts';

export default class SystemSet extends BaseCommand<typeof SystemSet> {
  static override summary = 'change the switches of the whole server at once; only administrators may';
  static override examples = [
    '<%= config.bin %> system set --ignore-pipeline-run-events',
    '<%= config.bin %> system set --no-ignore-pipeline-run-events',
  ];
  static override flags = {
    'ignore-pipeline-run-events': Flags.boolean({
      required: true,
      allowNo: true,
      summary: 'refuse new runs; those under way go on',
    }),
  };

  async run() {
    const ignored = this.flags['ignore-pipeline-run-events'];
    const gofer = await this.connect();
    await gofer.system.update({ ignore_pipeline_run_events: ignored });
    this.printSuccess(ignored ? 'New runs are refused from now on' : 'New runs are accepted again');
    return actionDone({ ignore_pipeline_run_events: ignored });
  }
}
