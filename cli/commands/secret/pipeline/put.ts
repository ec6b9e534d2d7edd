import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg } from '../../../inputs.ts';
import { forceFlag, keyArg, keyWarning, readValue, valueArg, valueFlags } from '../../../secret-value.ts';

export default class SecretPipelinePut extends BaseCommand<typeof SecretPipelinePut> {
  static override summary = 'store a secret of a pipeline';
  static override description = 'You are asked for its value, without echo, or it is read from standard input.';
  static override examples = [
    '<%= config.bin %> secret pipeline put nightly db-password',
    '<%= config.bin %> secret pipeline put nightly tls-key - < key.pem',
  ];
  static override args = { pipeline: pipelineArg, key: keyArg, source: valueArg };
  static override flags = { ...valueFlags, force: forceFlag };

  async run() {
    const { pipeline, key, source } = this.args;
    const content = await readValue(source, this.flags);
    const gofer = await this.connect();
    const answer = await gofer.secrets.put(this.pipelineRef(pipeline), { key, content, force: this.flags.force });
    this.printSuccess(
      `Stored secret '${key}' of pipeline '${pipeline}'`,
      `use it: pipeline_secret{{${key}}}`,
      ...keyWarning(key),
    );
    return answer;
  }
}
