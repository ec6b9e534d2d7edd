import { Args, Flags } from '@oclif/core';
import { CronError, parseCron } from '../../../../core/schedule/cron-expression.ts';
import { cronSchedule, nextCronTime, type CronSchedule } from '../../../../core/schedule/cron.ts';
import { openZone } from '../../../../core/schedule/zone.ts';
import { BaseCommand } from '../../../base-command.ts';
import { CommandError, EXIT } from '../../../errors.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export default class ExtensionPreviewCron extends BaseCommand<typeof ExtensionPreviewCron> {
  static override summary = 'show when a cron expression runs next; needs no server';
  static override examples = [
    "<%= config.bin %> extension preview cron '30 6 * * 1-5 *'",
    "<%= config.bin %> extension preview cron '*/15 8-18 * * mon-fri' --tz Europe/Berlin --count 20",
    "<%= config.bin %> extension preview cron '30 2 * * *' --tz Europe/Berlin --after 2026-03-28T12:00:00Z --skipped skip",
  ];
  static override args = {
    expression: Args.string({ required: true, description: 'five fields, or six with the year' }),
  };
  static override flags = {
    tz: Flags.string({ default: 'UTC', summary: 'time zone of the IANA database' }),
    count: Flags.integer({ char: 'c', default: 10, min: 1, max: 1000, summary: 'how many times to show' }),
    after: Flags.string({ summary: 'begin after this time, for example 2026-03-28T12:00:00Z; default: now' }),
    skipped: Flags.option({
      options: ['next', 'skip'] as const,
      summary: 'what becomes of times that clocks jump over',
    })(),
    repeated: Flags.option({
      options: ['first', 'both'] as const,
      summary: 'what becomes of times that clocks show twice',
    })(),
  };

  async run() {
    const schedule = this.#schedule();
    const times: { time: number; local: string; offset: string }[] = [];
    let next = nextCronTime(schedule, this.#after());
    while (next !== undefined && times.length < this.flags.count) {
      times.push({ time: next, ...show(schedule, next) });
      next = nextCronTime(schedule, next);
    }
    if (times.length === 0) this.print('The expression is valid, but there is no such time any more: it never runs.');
    else this.#printTimes(schedule, times);
    const { skipped, repeated, zone } = schedule;
    return { expression: this.args.expression, tz: zone.id, skipped, repeated, next: times };
  }

  #schedule(): CronSchedule {
    const { tz, skipped, repeated } = this.flags;
    try {
      const policy = { ...(skipped && { skipped }), ...(repeated && { repeated }) };
      return cronSchedule(parseCron(this.args.expression), openZone(tz), policy);
    } catch (error) {
      if (error instanceof CronError) throw new CommandError(error.message, EXIT.usage);
      if (!(error instanceof RangeError)) throw error;
      throw new CommandError(`'${tz}' is not a time zone`, EXIT.usage, ['for example: --tz Europe/Berlin']);
    }
  }

  #after(): number {
    const { after } = this.flags;
    const time = after === undefined ? Date.now() : Date.parse(after);
    if (Number.isNaN(time)) throw new CommandError(`'${after}' is not a time`, EXIT.usage);
    return time;
  }

  #printTimes(
    { zone, skipped, repeated }: CronSchedule,
    times: readonly { time: number; local: string; offset: string }[],
  ) {
    this.printTable(
      [zone.id, 'offset', 'UTC'],
      times.map(({ time, local, offset }) => [local, offset, new Date(time).toISOString().replace(/:00\.000Z$/, 'Z')]),
    );
    this.print(`Times that clocks jump over: ${skipped}. Times that they show twice: ${repeated}.`);
  }
}

function show({ zone }: CronSchedule, time: number): { readonly local: string; readonly offset: string } {
  const offset = zone.offsetAt(time);
  const local = new Date(time + offset);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return {
    local: `${WEEKDAYS[local.getUTCDay()]} ${local.toISOString().slice(0, 16).replace('T', ' ')}`,
    offset: `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`,
  };
}
