import {
  DEFAULT_MESSAGE,
  MAX_STREAK,
  MESSAGE_FIELDS,
  parseConditions,
  reasonsToNotify,
  type NotifyCondition,
} from '../../core/builtin/notify.ts';
import { fillTemplate, unknownNames } from '../../core/builtin/template.ts';
import { formatDuration } from '../../core/duration.ts';
import type { RunEnd } from '../../store/run-ends.ts';
import type { BuiltinExtension, SubscribedPipeline, Values } from './contract.ts';
import { readMailServer, type MailServer, type MessageContent, type MessageTarget } from './messages.ts';
import { ParameterReader } from './parameters.ts';

const DEFAULT_CONDITIONS = 'failed, recovered';

/** Tells people and programs how runs of a pipeline end. */
export const notify: BuiltinExtension = {
  kind: 'notify',
  standard: true,
  documentation: {
    body:
      'Tells how runs of a pipeline end: to a webhook of anybody, to one of Slack or what understands its messages, or by ' +
      'e-mail. A message that cannot be delivered is tried again for about an hour.',
    config_params: [
      {
        key: 'smtp_url',
        required: false,
        documentation: 'The mail server, as smtp:// or smtps://user:password@host:port',
      },
      { key: 'smtp_from', required: false, documentation: 'Who e-mails are from' },
      { key: 'public_url', required: false, documentation: 'Where people reach Gofer, for links in messages' },
    ],
    pipeline_subscription_params: [
      {
        key: 'on',
        required: false,
        documentation:
          'What is told, one or more of ended, failed, successful, cancelled, recovered (successful after a failure), ' +
          `failures:<n> (the n-th failure in a row), longer:<duration> (a run that took longer). Default: ${DEFAULT_CONDITIONS}`,
      },
      { key: 'url', required: false, documentation: 'A webhook, which gets JSON' },
      {
        key: 'secret',
        required: false,
        documentation: 'Signs that JSON: HMAC-SHA256 in the header x-gofer-signature-256',
      },
      { key: 'slack_url', required: false, documentation: 'An incoming webhook of Slack' },
      { key: 'email', required: false, documentation: 'Addresses, separated by commas' },
      {
        key: 'message',
        required: false,
        documentation: `A text with ${MESSAGE_FIELDS.map((name) => `{{${name}}}`).join(', ')}`,
      },
    ],
  },
  checkSettings(settings) {
    const read = new ParameterReader(settings);
    readMailServer(read);
    read.finish('the settings are not valid');
  },
  plan(subscription, settings) {
    const { namespace, pipeline } = subscription;
    readSubscription(subscription, settings);
    return { kind: 'runs', watches: { namespace, pipeline } };
  },
  runs: {
    history: MAX_STREAK,
    react(subscription, settings, run, before) {
      const { conditions, targets, template } = readSubscription(subscription, settings);
      const reasons = reasonsToNotify(conditions, run, before);
      if (reasons.length === 0) return { kind: 'nothing' };
      const content = compose(run, reasons, template, new ParameterReader(settings).optional('public_url'));
      return { kind: 'messages', messages: targets.map((target) => ({ target, ...content })) };
    },
  },
};

interface Notification {
  readonly conditions: readonly NotifyCondition[];
  readonly targets: readonly MessageTarget[];
  readonly template: string;
}

function readSubscription({ parameters }: SubscribedPipeline, settings: Values): Notification {
  const read = new ParameterReader(parameters);
  const conditions = read.parsed('on', read.optional('on') ?? DEFAULT_CONDITIONS, parseConditions) ?? [];
  const template = read.optional('message') ?? DEFAULT_MESSAGE;
  const unknown = unknownNames(template, MESSAGE_FIELDS);
  if (unknown.length > 0) read.refuse('message', `there is no {{${unknown.join('}}, {{')}}}`);
  const targets = readTargets(read, readMailServer(new ParameterReader(settings)));
  read.finish();
  return { conditions, targets, template };
}

function readTargets(read: ParameterReader, mail: MailServer | undefined): readonly MessageTarget[] {
  const [url, slack, email] = [readUrl(read, 'url'), readUrl(read, 'slack_url'), read.optional('email')];
  const [secret, to] = [read.optional('secret'), (email ?? '').split(',').flatMap((address) => address.trim() || [])];
  if (to.some((address) => !/^[^\s@<>]+@[^\s@<>]+$/.test(address)))
    read.fail('email', 'must be addresses such as a@example.org');
  if (to.length > 0 && !mail) read.refuse('email', "needs the extension's settings smtp_url and smtp_from");
  const targets: MessageTarget[] = [
    ...(url === undefined ? [] : [{ kind: 'webhook', url, ...(secret !== undefined && { secret }) } as const]),
    ...(slack === undefined ? [] : [{ kind: 'slack', url: slack } as const]),
    ...(to.length === 0 || !mail ? [] : [{ kind: 'email', to, mail } as const]),
  ];
  if (url === undefined && slack === undefined && email === undefined)
    read.refuse('url', 'or slack_url or email is required');
  return targets;
}

function readUrl(read: ParameterReader, key: string): string | undefined {
  const text = read.optional(key);
  if (text !== undefined && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    read.refuse(key, 'must be an http or https URL');
  return text;
}

function compose(
  run: RunEnd,
  reasons: readonly string[],
  template: string,
  publicUrl: string | undefined,
): MessageContent {
  const { namespace, pipeline, run: number } = run.ref;
  const url = `${publicUrl?.replace(/\/$/, '') ?? ''}/api/namespaces/${namespace}/pipelines/${pipeline}/runs/${number}`;
  const { status, description = '' } = run;
  const reason = reasons.join(', ');
  const fields = {
    namespace,
    pipeline,
    run: String(number),
    status,
    reason,
    description,
    took: formatDuration(run.took),
    url,
  };
  return {
    id: `${namespace}/${pipeline}/${number}`,
    subject: `${namespace}/${pipeline} #${number} ${reason}`,
    text: fillTemplate(template, fields).trim(),
    fields: { ...fields, run: number, took_ms: run.took, reasons },
  };
}
