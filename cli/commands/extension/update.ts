import { Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';
import { checkInputs, extensionFlags, readRegistryAuth, readSettings } from '../../extension-settings.ts';
import { extensionArg } from '../../inputs.ts';

export default class ExtensionUpdate extends BaseCommand<typeof ExtensionUpdate> {
  static override summary = 'give an extension another image, other settings or other roles';
  static override description =
    'What is given replaces what there is: all settings if one is given, all additional roles likewise. The container is replaced.';
  static override examples = [
    '<%= config.bin %> extension update chat --image registry.example.com/chat:2',
    '<%= config.bin %> extension update chat --config-file chat.env',
  ];
  static override args = { extension: extensionArg };
  static override flags = {
    image: Flags.string({ summary: 'the new image' }),
    ...extensionFlags,
  };

  async run() {
    const { extension: id } = this.args;
    checkInputs(this.flags);
    const { image, 'additional-roles': roles } = this.flags;
    const settings = this.#givesSettings() ? await readSettings(this.flags) : undefined;
    const auth = await readRegistryAuth(this.flags);
    if (image === undefined && !settings && !roles && !auth) {
      throw new CommandError('nothing is to be changed', EXIT.usage, ['for example: --image IMAGE']);
    }
    const gofer = await this.connect();
    const { extension } = await gofer.extensions.get(id);
    await gofer.extensions.update(id, {
      enable: extension.registration.status === 'enabled',
      ...(image !== undefined && { image }),
      ...(settings && { settings }),
      ...(roles && { additional_roles: roles }),
      ...(auth && { registry_auth: auth }),
    });
    this.printSuccess(`Updated extension '${id}'`, `look at it: gofer extension get ${id}`);
    return actionDone({ extension_id: id });
  }

  #givesSettings(): boolean {
    return this.flags.config.length > 0 || this.flags['config-file'] !== undefined || this.flags.interactive;
  }
}
