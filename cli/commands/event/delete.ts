import { actionDone, BaseCommand } from '../../base-command.ts';
import { eventArg } from '../../inputs.ts';

export default class EventDelete extends BaseCommand<typeof EventDelete> {
  static override summary = 'delete an event; only administrators may';
  static override examples = ['<%= config.bin %> event delete 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { event: eventArg };

  async run() {
    const gofer = await this.connect();
    const { event } = this.args;
    await gofer.events.delete(event);
    this.printSuccess(`Deleted event ${event}`);
    return actionDone({ event_id: event });
  }
}
