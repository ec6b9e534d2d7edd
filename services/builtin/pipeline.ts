import { parseEnds, parseUpstream, type Upstream } from '../../core/builtin/chain.ts';
import type { RunStatus } from '../../core/states.ts';
import type { BuiltinExtension, SubscribedPipeline, Values } from './contract.ts';
import { ParameterReader } from './parameters.ts';

/** How many runs may start one another before it counts as a loop. */
const DEFAULT_MAX_CHAIN = 10;
const MAX_CHAIN = 1000;
const PREFIX = 'GOFER_EXTENSION_PIPELINE_';

/** Starts a run when a run of another pipeline ends. */
export const pipeline: BuiltinExtension = {
  kind: 'pipeline',
  standard: true,
  documentation: {
    body: `Starts a run when a run of another pipeline ends. Its variables ${PREFIX}NAMESPACE, _PIPELINE, _RUN and _STATUS say which.`,
    config_params: [
      {
        key: 'max_chain',
        required: false,
        documentation: `How many runs may start one another before that counts as a loop. Default: ${DEFAULT_MAX_CHAIN}`,
      },
    ],
    pipeline_subscription_params: [
      { key: 'pipeline', required: true, documentation: 'The other pipeline, as pipeline or namespace/pipeline' },
      {
        key: 'on',
        required: false,
        documentation:
          'How its run has to end: one or more of successful, failed, cancelled, unknown. Default: successful',
      },
    ],
  },
  checkSettings: (settings) => void maxChainOf(settings),
  plan(subscription) {
    return { kind: 'runs', watches: readSubscription(subscription).upstream };
  },
  runs: {
    history: 0,
    react(subscription, settings, run) {
      if (!readSubscription(subscription).ends.includes(run.status)) return { kind: 'nothing' };
      const { namespace, pipeline: id, run: number } = run.ref;
      return {
        kind: 'run',
        maxChain: maxChainOf(settings),
        variables: {
          [`${PREFIX}NAMESPACE`]: namespace,
          [`${PREFIX}PIPELINE`]: id,
          [`${PREFIX}RUN`]: String(number),
          [`${PREFIX}STATUS`]: run.status,
        },
      };
    },
  },
};

function maxChainOf(settings: Values): number {
  const read = new ParameterReader(settings);
  const limit = read.count('max_chain', 1, MAX_CHAIN) ?? DEFAULT_MAX_CHAIN;
  read.finish('the settings are not valid');
  return limit;
}

function readSubscription(subscription: SubscribedPipeline): { upstream: Upstream; ends: readonly RunStatus[] } {
  const read = new ParameterReader(subscription.parameters);
  const own: Upstream = { namespace: subscription.namespace, pipeline: subscription.pipeline };
  const text = read.required('pipeline');
  const upstream = parseUpstream(text, own.namespace);
  if (text !== '' && !upstream) read.fail('pipeline', 'must be of the form pipeline or namespace/pipeline');
  if (upstream?.namespace === own.namespace && upstream.pipeline === own.pipeline) {
    read.fail('pipeline', 'must be another pipeline: one that starts itself never ends');
  }
  const ends = read.parsed('on', read.optional('on') ?? 'successful', parseEnds) ?? [];
  read.finish();
  return { upstream: upstream ?? own, ends };
}
