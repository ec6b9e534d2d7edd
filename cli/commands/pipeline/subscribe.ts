import { BaseCommand } from '../../base-command.ts';
import { extensionArg, parsePairs, pipelineArg, settingFlag, subscriptionArg } from '../../inputs.ts';

export default class PipelineSubscribe extends BaseCommand<typeof PipelineSubscribe> {
  static override summary = 'subscribe a pipeline to an extension, which then starts runs of it';
  static override description =
    'Which parameters an extension wants is shown by `gofer extension get`. Their values may refer to secrets and objects.';
  static override examples = [
    '<%= config.bin %> pipeline subscribe nightly cron at-night --setting expression="0 3 * * *"',
    '<%= config.bin %> pipeline subscribe nightly interval often -s every=5m',
  ];
  static override args = { pipeline: pipelineArg, extension: extensionArg, subscription: subscriptionArg };
  static override flags = { setting: settingFlag };

  async run() {
    const settings = parsePairs(this.flags.setting, 'a parameter', '-s every=5m');
    const gofer = await this.connect();
    const { pipeline, extension, subscription } = this.args;
    const answer = await gofer.subscriptions.create(this.pipelineRef(pipeline), {
      extension_id: extension,
      subscription_id: subscription,
      settings,
    });
    this.printSuccess(
      `Subscribed pipeline '${pipeline}' to extension '${extension}' as '${subscription}'`,
      `look at it: gofer pipeline subscription get ${pipeline} ${extension} ${subscription}`,
    );
    return answer;
  }
}
