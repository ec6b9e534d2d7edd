import { CronError, parseCron, type CronExpression } from '../../core/schedule/cron-expression.ts';
import { cronSchedule, nextCronTime } from '../../core/schedule/cron.ts';
import { openZone, type Zone } from '../../core/schedule/zone.ts';
import type { BuiltinExtension, SubscribedPipeline, TickPlan, Values } from './contract.ts';
import { ParameterReader } from './parameters.ts';
import { readTicking, TICK_PARAMETERS } from './ticking.ts';

const SKIPPED = ['next', 'skip'] as const;
const REPEATED = ['first', 'both'] as const;

/** Runs pipelines at the times of cron expressions (contract, extensions §9). */
export const cron: BuiltinExtension = {
  kind: 'cron',
  standard: true,
  documentation: {
    body:
      'Runs a pipeline at the times of a cron expression. With six fields (minute, hour, day of month, month, day of ' +
      'week, year) each is *, a number, a range or a list of numbers, and a day has to match both day fields. With five ' +
      'fields, the year left out, there are steps, names and 7 for Sunday as well, and if both day fields are ' +
      'restricted, a day has to match one of them.',
    config_params: [
      { key: 'tz', required: false, documentation: 'The time zone of subscriptions that name none. Default: UTC' },
    ],
    pipeline_subscription_params: [
      {
        key: 'expression',
        required: true,
        documentation: 'For example 30 6 * * 1-5 * or */15 8-18 * * mon-fri. Fields are separated by one space each',
      },
      {
        key: 'tz',
        required: false,
        documentation: 'A time zone of the IANA database, for example Europe/Berlin. Default: that of the settings',
      },
      {
        key: 'skipped',
        required: false,
        documentation:
          'What becomes of a time that clocks jump over when they are set forward: next (it runs when they have ' +
          'jumped), skip (it does not run). Default: next, but skip for an expression that matches every hour',
      },
      {
        key: 'repeated',
        required: false,
        documentation:
          'What becomes of a time that clocks show twice when they are set back: first (it runs the first time), both ' +
          '(it runs twice). Default: first, but both for an expression that matches every hour',
      },
      ...TICK_PARAMETERS,
    ],
  },
  checkSettings(settings) {
    const read = new ParameterReader(settings);
    readZone(read, 'tz', 'UTC');
    read.finish('the settings are not valid');
  },
  plan(subscription, settings) {
    planTicks(subscription, settings);
    return { kind: 'ticks' };
  },
  ticks: planTicks,
};

function planTicks(subscription: SubscribedPipeline, settings: Values): TickPlan {
  const read = new ParameterReader(subscription.parameters);
  const expression = readExpression(read);
  const zone = readZone(read, 'tz', new ParameterReader(settings).optional('tz') ?? 'UTC');
  const [skipped, repeated] = [read.choice('skipped', SKIPPED), read.choice('repeated', REPEATED)];
  const schedule =
    expression &&
    zone &&
    cronSchedule(expression, zone, { ...(skipped && { skipped }), ...(repeated && { repeated }) });
  const plan = readTicking(read, subscription, (after) => schedule && nextCronTime(schedule, after));
  // The contract has the impossible dates of its six fields accepted; they never run, and the preview says so.
  if (schedule && read.required('expression').split(' ').length === 5) {
    if (nextCronTime(schedule, subscription.since) === undefined) read.fail('expression', 'there is no such date');
  }
  read.finish();
  return plan;
}

function readExpression(read: ParameterReader): CronExpression | undefined {
  const text = read.required('expression');
  if (text === '') return undefined;
  try {
    return parseCron(text);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    read.fail('expression', error.message);
    return undefined;
  }
}

function readZone(read: ParameterReader, key: string, byDefault: string): Zone | undefined {
  try {
    return openZone(read.optional(key) ?? byDefault);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    read.fail(key, 'must be a time zone such as UTC or Europe/Berlin');
    return undefined;
  }
}
