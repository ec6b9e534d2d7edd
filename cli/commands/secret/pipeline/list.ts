import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { formatTime } from '../../../output/time.ts';

export default class SecretPipelineList extends BaseCommand<typeof SecretPipelineList> {
  static override summary = 'list the secrets of a pipeline without their values';
  static override examples = ['<%= config.bin %> secret pipeline list nightly'];
  static override args = { pipeline: pipelineArg };

  async run() {
    const gofer = await this.connect();
    const ref = this.pipelineRef(this.args.pipeline);
    const answer = await gofer.secrets.list(ref);
    // The API answers an empty list for a pipeline that does not exist.
    if (answer.secrets.length === 0) await gofer.pipelines.get(ref);
    const time = this.timeStyle;
    const rows = answer.secrets.map(({ key, created }) => [key, formatTime(created, 'Unknown', time)]);
    this.printTable(['key', 'created'], rows);
    return answer;
  }
}
