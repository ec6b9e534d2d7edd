import { compileFilter, FilterError, type Filter } from '../../core/builtin/filter.ts';
import { mapVariables, parseMapping, type Mapping } from '../../core/builtin/mapping.ts';
import { parsePath, readPath, toText, type Path } from '../../core/builtin/path.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { ExternalRequest } from '../../store/external-events.ts';
import { compileTarget } from '../target-patterns.ts';
import { readable, type BuiltinExtension, type SubscribedPipeline } from './contract.ts';
import { ParameterReader } from './parameters.ts';
import { readBody } from './requests.ts';
import { isHmac, isSignedByStripe, sameSecret } from './signatures.ts';

const ROOTS = ['body', 'headers'];
const SCHEMES = ['hmac-sha256', 'hmac-sha1', 'hmac-sha512', 'bearer', 'stripe'] as const;
type Scheme = (typeof SCHEMES)[number];

const DEFAULT_HEADERS: Readonly<Record<Scheme, string>> = {
  'hmac-sha256': 'x-hub-signature-256',
  'hmac-sha1': 'x-hub-signature',
  'hmac-sha512': 'x-hub-signature-512',
  bearer: 'authorization',
  stripe: 'stripe-signature',
};

interface Webhook {
  readonly scheme: Scheme;
  readonly header: string;
  readonly secret: string;
  readonly filter: Filter;
  readonly variables: Mapping;
  /** Where the sender's own number of a delivery is. */
  readonly delivery: Path | undefined;
}

/** Starts runs on signed requests of anybody: GitLab, Gitea, Stripe, a shell script. */
export const webhook: BuiltinExtension = {
  kind: 'webhook',
  standard: true,
  documentation: {
    body:
      'Starts a run for every request to /api/external/webhook, on the port for external events, that carries the secret ' +
      'of the subscription or is signed with it.',
    config_params: [],
    pipeline_subscription_params: [
      {
        key: 'secret',
        required: true,
        documentation: 'What requests are signed with, at best a reference such as pipeline_secret{{webhook}}',
      },
      {
        key: 'scheme',
        required: false,
        documentation:
          'How they are: hmac-sha256, hmac-sha1 or hmac-sha512 over the body, in hexadecimal or base64, with or without ' +
          'the name of the algorithm before it; bearer, the secret itself; stripe. Default: hmac-sha256',
      },
      {
        key: 'header',
        required: false,
        documentation:
          'The header with the signature or secret, for example x-gitea-signature or x-gitlab-token. Default: ' +
          'x-hub-signature-256 and the like, authorization for bearer, stripe-signature for stripe',
      },
      {
        key: 'filter',
        required: false,
        documentation: 'Which requests start a run, for example body.ref == "refs/heads/main". Default: all',
      },
      {
        key: 'variables',
        required: false,
        documentation: 'Variables of the run, for example BRANCH=body.ref, EVENT=headers.x-gitlab-event. Default: none',
      },
      {
        key: 'delivery',
        required: false,
        documentation:
          'Where the number is by which a delivery is recognised when it is sent again, for example ' +
          'headers.x-gitlab-event-uuid or body.id. Default: every request counts',
      },
    ],
  },
  checkSettings: () => undefined,
  plan(subscription) {
    readWebhook(subscription);
    return { kind: 'events' };
  },
  events: {
    verify(request, _settings, subscriptions) {
      if (readable(subscriptions, readWebhook).some(({ wanted }) => isGenuine(wanted, request))) return;
      throw new GoferError(ErrorKind.Unauthenticated, 'no subscription knows the signature of this request');
    },
    match(request, subscriptions) {
      const scope = { headers: request.headers, body: readBody(request) };
      return readable(subscriptions, readWebhook).flatMap(({ subscription, wanted }) => {
        const { filter, variables, delivery } = wanted;
        if (!isGenuine(wanted, request) || !filter(scope)) return [];
        const number = delivery ? toText(readPath(scope, delivery)) : '';
        return [
          {
            subscription,
            variables: mapVariables(variables, scope),
            ...(number !== '' && { identity: `delivery:${number}` }),
          },
        ];
      });
    },
  },
};

function readWebhook({ parameters }: SubscribedPipeline): Webhook {
  const read = new ParameterReader(parameters);
  const scheme = read.choice('scheme', SCHEMES) ?? 'hmac-sha256';
  const deliveryText = read.optional('delivery');
  const delivery = deliveryText === undefined ? undefined : parsePath(deliveryText);
  if (deliveryText !== undefined && !ROOTS.includes(String(delivery?.[0]))) {
    read.fail('delivery', 'must be a path that begins with body or headers');
  }
  const webhook = {
    scheme,
    header: (read.optional('header') ?? DEFAULT_HEADERS[scheme]).toLowerCase(),
    secret: read.required('secret'),
    filter: readFilter(read),
    variables: read.parsed('variables', read.optional('variables') ?? '', (text) => parseMapping(text, ROOTS)) ?? [],
    delivery,
  };
  read.finish();
  return webhook;
}

function readFilter(read: ParameterReader): Filter {
  const text = read.optional('filter');
  if (text === undefined) return () => true;
  try {
    return compileFilter(text, ROOTS, compileTarget);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    read.fail('filter', error.message);
    return () => false;
  }
}

function isGenuine(
  { scheme, header, secret }: Pick<Webhook, 'scheme' | 'header' | 'secret'>,
  { headers, body }: ExternalRequest,
): boolean {
  const value = headers[header];
  if (value === undefined) return false;
  switch (scheme) {
    case 'bearer':
      return sameSecret(value.replace(/^bearer /i, ''), secret);
    case 'stripe':
      return isSignedByStripe(value, body, secret, Date.now());
    case 'hmac-sha1':
    case 'hmac-sha256':
    case 'hmac-sha512': {
      const algorithm = scheme === 'hmac-sha1' ? 'sha1' : scheme === 'hmac-sha256' ? 'sha256' : 'sha512';
      return isHmac(algorithm, secret, body, value.replace(/^sha\d+=/i, ''));
    }
  }
}
