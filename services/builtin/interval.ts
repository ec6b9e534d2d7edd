import { nextIntervalTime } from '../../core/schedule/interval.ts';
import type { BuiltinExtension, SubscribedPipeline, TickPlan, Values } from './contract.ts';
import { ParameterReader } from './parameters.ts';
import { readTicking, TICK_PARAMETERS } from './ticking.ts';

const DEFAULT_MINIMUM = 60_000;
/** Whatever the settings say, nothing runs more often. */
const FLOOR = 1000;

/** Runs pipelines again and again with a fixed pause (contract, extensions §8). */
export const interval: BuiltinExtension = {
  kind: 'interval',
  standard: true,
  documentation: {
    body:
      'Runs a pipeline again and again with a fixed pause, counted from when the subscription was made, whatever is ' +
      'restarted meanwhile. The first run is one pause after that.',
    config_params: [
      {
        key: 'min_interval',
        required: false,
        documentation: 'The shortest pause that subscriptions may ask for, as a duration of at least 1s. Default: 1m',
      },
    ],
    pipeline_subscription_params: [
      {
        key: 'every',
        required: true,
        documentation: 'The pause, as a duration such as 90s, 5m or 1h30m; at least the minimum of the settings',
      },
      ...TICK_PARAMETERS,
    ],
  },
  checkSettings: (settings) => void minimumOf(settings),
  plan(subscription, settings) {
    planTicks(subscription, settings);
    return { kind: 'ticks' };
  },
  ticks: planTicks,
};

function minimumOf(settings: Values): number {
  const read = new ParameterReader(settings);
  const minimum = read.duration('min_interval', { min: FLOOR }) ?? DEFAULT_MINIMUM;
  read.finish('the settings are not valid');
  return minimum;
}

function planTicks(subscription: SubscribedPipeline, settings: Values): TickPlan {
  const read = new ParameterReader(subscription.parameters);
  read.required('every');
  const every = read.duration('every', { min: minimumOf(settings) }) ?? DEFAULT_MINIMUM;
  const plan = readTicking(read, subscription, (after) =>
    nextIntervalTime({ origin: subscription.since, every }, after),
  );
  if (plan.ticks.maxDelay > every) read.fail('jitter', 'must not be longer than the pause');
  read.finish();
  return plan;
}
