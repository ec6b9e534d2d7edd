import type { CatchUp, Ticks } from '../../core/schedule/catch-up.ts';
import { jitter } from '../../core/schedule/interval.ts';
import type { ExtensionDocumentation } from '../../sdk/wire.ts';
import type { SubscribedPipeline, TickPlan } from './contract.ts';
import type { ParameterReader } from './parameters.ts';

const HOUR = 3_600_000;

const CATCH_UPS: readonly CatchUp[] = ['skip', 'latest', 'all'];
const MAX_JITTER = HOUR;
/** A week. */
const MAX_WINDOW = 168 * HOUR;
const DEFAULT_WINDOW = 24 * HOUR;

/** The parameters that everything with times has. */
export const TICK_PARAMETERS: ExtensionDocumentation['pipeline_subscription_params'] = [
  {
    key: 'jitter',
    required: false,
    documentation:
      'Up to how long after its time a run starts, as a duration of at most 1h. How long exactly is always the same for ' +
      'the same time of the same subscription, and spread evenly between subscriptions. Default: 0',
  },
  {
    key: 'catch_up',
    required: false,
    documentation:
      'What becomes of times that were missed by more than a minute because nothing was running: skip (none of them ' +
      'runs), latest (the last one of them runs), all (all of them run, the oldest first). Default: skip',
  },
  {
    key: 'catch_up_window',
    required: false,
    documentation: 'How far back missed times are made up for, as a duration of at most 168h. Default: 24h',
  },
];

/** Reads those parameters, and puts them to the times that `next` gives. */
export function readTicking(
  read: ParameterReader,
  { namespace, pipeline, subscription }: SubscribedPipeline,
  next: Ticks['next'],
): TickPlan {
  const maxDelay = read.duration('jitter', { max: MAX_JITTER }) ?? 0;
  const key = `${namespace}/${pipeline}/${subscription}`;
  return {
    ticks: { next, maxDelay, delay: (nominal) => jitter(key, nominal, maxDelay) },
    policy: {
      catchUp: read.choice('catch_up', CATCH_UPS) ?? 'skip',
      window: read.duration('catch_up_window', { max: MAX_WINDOW }) ?? DEFAULT_WINDOW,
    },
  };
}
