import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { checkInputs, extensionFlags, readRegistryAuth, readSettings } from '../../extension-settings.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionInstall extends BaseCommand<typeof ExtensionInstall> {
  static override summary = 'install an extension and start it';
  static override description =
    'Its settings are the environment of its container. The names of built-in extensions are builtin/cron, builtin/interval, builtin/github, builtin/webhook, builtin/pipeline and builtin/notify.';
  static override examples = [
    '<%= config.bin %> extension install hooks builtin/webhook',
    '<%= config.bin %> extension install chat registry.example.com/chat:1 --config-file chat.env --registry-user ann',
    'pass registry | <%= config.bin %> extension install chat registry.example.com/chat:1 --registry-user ann --registry-pass -',
  ];
  static override args = {
    extension: extensionArg,
    image: Args.string({ required: true, description: 'its container image, or the name of a built-in one' }),
  };
  static override flags = extensionFlags;

  async run() {
    const { extension: id, image } = this.args;
    checkInputs(this.flags);
    const settings = await readSettings(this.flags);
    const auth = await readRegistryAuth(this.flags);
    const gofer = await this.connect();
    const answer = await gofer.extensions.install({
      id,
      image,
      settings,
      additional_roles: this.flags['additional-roles'] ?? [],
      ...(auth && { registry_auth: auth }),
    });
    this.printSuccess(`Installed extension '${id}'`, `look at it: gofer extension get ${id}`);
    return answer;
  }
}
