import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';

export default class EventList extends BaseCommand<typeof EventList> {
  static override summary = 'print events, those stored and then those that happen, until interrupted';
  static override examples = [
    '<%= config.bin %> event list --reverse',
    '<%= config.bin %> event list --no-history --json',
  ];
  static override flags = {
    reverse: Flags.boolean({ char: 'r', default: false, summary: 'only stored events, newest first' }),
    history: Flags.boolean({ char: 'n', default: true, allowNo: true, summary: 'start with stored events' }),
  };

  async run(): Promise<void> {
    const gofer = await this.connect();
    const { reverse, history } = this.flags;
    const interrupt = new AbortController();
    process.once('SIGINT', () => interrupt.abort());
    const options = { history: history || reverse, reverse, signal: interrupt.signal };
    for await (const event of gofer.followEvents(options)) {
      const when = new Date(event.emitted).toISOString();
      this.print(`┌${this.paint('gray', when)} :: ${event.id}`, `└::${JSON.stringify(event.kind)}`);
      this.printJsonLine(event);
    }
  }
}
