import { BaseCommand } from '../../base-command.ts';
import { eventArg } from '../../inputs.ts';
import { formatTime } from '../../output/time.ts';

export default class EventGet extends BaseCommand<typeof EventGet> {
  static override summary = 'show one event';
  static override examples = ['<%= config.bin %> event get 0199d3a2-4c1f-7a60-9b3e-5f0c8d7e6a51'];
  static override args = { event: eventArg };

  async run() {
    const gofer = await this.connect();
    const answer = await gofer.events.get(this.args.event);
    const { id, kind, emitted } = answer.event;
    this.print(
      `Event ${this.paint('blue', id)}`,
      `Emitted ${formatTime(emitted, 'Unknown', this.timeStyle)}`,
      '',
      JSON.stringify(kind, null, 2),
    );
    return answer;
  }
}
