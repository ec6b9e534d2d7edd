import { createPrivateKey } from 'node:crypto';
import {
  checkTarget,
  githubVariables,
  matchesGithub,
  parseBranches,
  parseEventFilter,
  WITH_CHECK,
  type GithubSubscription,
} from '../../core/builtin/github.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { readable, type BuiltinExtension, type SubscribedPipeline, type Values } from './contract.ts';
import { ParameterReader } from './parameters.ts';
import { githubPayload } from './requests.ts';
import { isSignedByGithub } from './signatures.ts';

const GITHUB_API = 'https://api.github.com';
const PUBLIC_URL = 'http://localhost:8080';

/** How to act as a GitHub App. */
export interface GithubApp {
  readonly appId: string;
  readonly installationId: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly apiUrl: string;
  /** Where people reach Gofer's API. */
  readonly publicUrl: string;
}

/** Starts runs on webhooks of a GitHub App, and reports on pull requests (contract, extensions §10). */
export const github: BuiltinExtension = {
  kind: 'github',
  standard: false,
  documentation: {
    body:
      'Starts runs on webhooks of a GitHub App, which sends them to /api/external/github on the port for external events. ' +
      'For the event pull_request_with_check the run is shown at the pull request as a check run.',
    config_params: [
      { key: 'app_id', required: true, documentation: 'The id of the GitHub App, a number' },
      { key: 'app_installation', required: true, documentation: 'The id of its installation, a number' },
      { key: 'app_key', required: true, documentation: "The App's private key: the base64 of its PEM file" },
      { key: 'app_webhook_secret', required: true, documentation: 'The secret that webhooks are signed with' },
      { key: 'api_url', required: false, documentation: `For GitHub Enterprise. Default: ${GITHUB_API}` },
      {
        key: 'public_url',
        required: false,
        documentation: `Where people reach Gofer, for links. Default: ${PUBLIC_URL}`,
      },
    ],
    pipeline_subscription_params: [
      { key: 'repository', required: true, documentation: 'The repository, as owner/name' },
      {
        key: 'event_filter',
        required: true,
        documentation: 'An event, or an event and its actions, for example push or pull_request/opened,synchronize',
      },
      {
        key: 'branches',
        required: false,
        documentation:
          'Branches that a push goes to or a pull request wants to go to, for example main,release/*. Default: all, ' +
          'and tags too',
      },
    ],
  },
  checkSettings: (settings) => void readApp(settings),
  plan(subscription) {
    readSubscription(subscription);
    return { kind: 'events' };
  },
  events: {
    verify(request, settings) {
      if (!isSignedByGithub(request, readApp(settings).webhookSecret)) {
        throw new GoferError(ErrorKind.Unauthenticated, 'the signature of this webhook is missing or wrong');
      }
      githubPayload(request);
    },
    match(request, subscriptions) {
      const event = { name: request.headers['x-github-event'] ?? '', payload: githubPayload(request) };
      const delivery = request.headers['x-github-delivery'];
      return readable(subscriptions, readSubscription).flatMap(({ subscription, wanted }) => {
        if (!matchesGithub(wanted, event)) return [];
        const check = wanted.filter.event === WITH_CHECK ? checkTarget(event.payload) : undefined;
        return [
          {
            subscription,
            variables: githubVariables(event),
            ...(delivery !== undefined && { identity: `delivery:${delivery}` }),
            ...(check && { check }),
          },
        ];
      });
    },
  },
};

/** @throws GoferError `invalid` */
export function readApp(settings: Values): GithubApp {
  const read = new ParameterReader(settings);
  const app: GithubApp = {
    appId: read.required('app_id'),
    installationId: read.required('app_installation'),
    privateKey: readKey(read),
    webhookSecret: read.required('app_webhook_secret'),
    apiUrl: (read.optional('api_url') ?? GITHUB_API).replace(/\/$/, ''),
    publicUrl: (read.optional('public_url') ?? PUBLIC_URL).replace(/\/$/, ''),
  };
  for (const key of ['app_id', 'app_installation']) {
    if (!/^\d*$/.test(read.optional(key) ?? '')) read.fail(key, 'must be a number');
  }
  if (!URL.canParse(app.apiUrl)) read.fail('api_url', 'must be a URL');
  read.finish('the settings are not valid');
  return app;
}

function readKey(read: ParameterReader): string {
  const text = read.required('app_key');
  try {
    const key = createPrivateKey(Buffer.from(text, 'base64').toString('utf8'));
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // Said below, without what the error says about the key.
  }
  if (text !== '') read.refuse('app_key', 'must be the base64 of the PEM file of an RSA key');
  return '';
}

function readSubscription({ parameters }: SubscribedPipeline): GithubSubscription {
  const read = new ParameterReader(parameters);
  const repository = read.required('repository');
  if (repository !== '' && !/^[^/\s]+\/[^/\s]+$/.test(repository))
    read.fail('repository', 'must be of the form owner/name');
  const text = read.required('event_filter');
  const filter = text === '' ? undefined : read.parsed('event_filter', text, parseEventFilter);
  read.finish();
  return {
    repository,
    filter: filter ?? { event: '', actions: [] },
    branches: parseBranches(read.optional('branches') ?? ''),
  };
}
