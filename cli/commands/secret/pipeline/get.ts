import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { formatColumns } from '../../../output/table.ts';
import { formatTime } from '../../../output/time.ts';
import { includeSecretFlag, keyArg, REDACTED } from '../../../secret-value.ts';

export default class SecretPipelineGet extends BaseCommand<typeof SecretPipelineGet> {
  static override summary = 'show one secret of a pipeline, with its value if asked for';
  static override examples = [
    '<%= config.bin %> secret pipeline get nightly db-password',
    '<%= config.bin %> secret pipeline get nightly db-password --include-secret',
  ];
  static override args = { pipeline: pipelineArg, key: keyArg };
  static override flags = { 'include-secret': includeSecretFlag };

  async run() {
    const gofer = await this.connect();
    const { pipeline, key } = this.args;
    const answer = await gofer.secrets.get(this.pipelineRef(pipeline), key, this.flags['include-secret']);
    this.print(
      ...formatColumns([
        ['Key:', key],
        ['Created:', formatTime(answer.metadata.created, 'Unknown', this.timeStyle)],
      ]),
      `Secret: ${answer.secret ?? REDACTED}`,
    );
    return answer;
  }
}
