import { createHmac } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { escapeSlack } from '../../core/builtin/notify.ts';
import type { ParameterReader } from './parameters.ts';

/** How long one try may take, in milliseconds. */
const TIMEOUT = 15_000;

/** By whom e-mails are sent. */
export interface MailServer {
  readonly url: string;
  readonly from: string;
}

/** Where a message goes. */
export type MessageTarget =
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: string }
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'email'; readonly to: readonly string[]; readonly mail: MailServer };

export interface MessageContent {
  /** The same for every try, so that receivers can tell a repetition. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  /** What programs want to know. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Message = MessageContent & { readonly target: MessageTarget };

/** The mail server of the settings, if they have one. */
export function readMailServer(read: ParameterReader): MailServer | undefined {
  const [url, from] = [read.optional('smtp_url'), read.optional('smtp_from')];
  if (url === undefined) return undefined;
  if (!/^smtps?:$/.test(URL.parse(url)?.protocol ?? '')) read.refuse('smtp_url', 'must be an smtp or smtps URL');
  if (from === undefined) read.refuse('smtp_from', 'is required with smtp_url');
  return { url, from: from ?? '' };
}

/**
 * Delivers a message, once.
 *
 * @throws Error that says what the receiver answered, and nothing about where that is, because that may be a secret
 */
export async function deliver(message: Message): Promise<void> {
  const { target, text, subject } = message;
  switch (target.kind) {
    case 'webhook': {
      const body = JSON.stringify({ ...message.fields, message: text });
      const signature =
        target.secret === undefined ? undefined : createHmac('sha256', target.secret).update(body).digest('hex');
      return post(target.url, body, {
        'x-gofer-delivery': message.id,
        ...(signature !== undefined && { 'x-gofer-signature-256': `sha256=${signature}` }),
      });
    }
    case 'slack':
      return post(target.url, JSON.stringify({ text: escapeSlack(text) }));
    case 'email':
      return sendMail(target.mail, {
        to: [...target.to],
        subject,
        text,
        messageId: `<${message.id.replaceAll('/', '.')}@gofer>`,
      });
  }
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  // Redirects are not followed: they would lead where nobody has said that messages go.
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'gofer', ...headers },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}

async function sendMail(
  { url, from }: MailServer,
  mail: { readonly to: string[]; readonly subject: string; readonly text: string; readonly messageId: string },
): Promise<void> {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
  });
  try {
    await transport.sendMail({ from, ...mail });
  } finally {
    transport.close();
  }
}
