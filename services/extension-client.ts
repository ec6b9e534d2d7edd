import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ensureError } from '../core/errors.ts';
import type { SubscriptionRef } from '../core/ids.ts';
import type { ExtensionDocumentation } from '../sdk/wire.ts';
import type { ExternalRequest } from '../store/external-events.ts';

const TIMEOUT_MS = 10_000;
/** External events may be large, and extensions slow with them. */
const EVENT_TIMEOUT_MS = 60_000;
/** Answers are texts for people; more of one is cut off. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE = 2_000;

/** Where a container of an extension is, and what it is greeted with. */
export interface ExtensionPlace {
  /** Without a slash at the end. */
  readonly url: string;
  readonly secret: string;
}

/** An extension answered with an error, in its own words, or did not answer: then without a status. */
export class ExtensionCallError extends Error {
  override readonly name = 'ExtensionCallError';
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }

  /** Whether the extension understood and said no. */
  get refused(): boolean {
    return this.status !== undefined && this.status >= 400 && this.status < 500;
  }
}

/**
 * Calls what an extension's container serves (contract, extensions §2). Any 2xx is a success, and content types are not
 * looked at, because existing extensions differ in both. Every method throws an ExtensionCallError.
 */
export class ExtensionClient {
  readonly #place: ExtensionPlace;
  readonly #verify: boolean;

  /** @param verifyCertificates whether a TLS certificate has to be good */
  constructor(place: ExtensionPlace, verifyCertificates: boolean) {
    this.#place = place;
    this.#verify = verifyCertificates;
  }

  async health(): Promise<void> {
    await this.#call('GET', '/api/health');
  }

  async info(): Promise<ExtensionDocumentation> {
    return readDocumentation(parseJson(await this.#call('GET', '/api/info')));
  }

  /** What it says about its inner state. */
  async debug(): Promise<string> {
    const answer = await this.#call('GET', '/api/debug');
    const { info } = asObject(parseJson(answer));
    return typeof info === 'string' ? info : answer;
  }

  async subscribe(ref: SubscriptionRef, parameters: Readonly<Record<string, string>>): Promise<void> {
    const body = { ...subscriptionFields(ref), pipeline_subscription_params: parameters };
    await this.#call('POST', '/api/subscribe', JSON.stringify(body));
  }

  async unsubscribe(ref: SubscriptionRef): Promise<void> {
    await this.#call('DELETE', '/api/subscribe', JSON.stringify(subscriptionFields(ref)));
  }

  async externalEvent({ headers, body }: ExternalRequest): Promise<void> {
    // The body is a list of numbers, which would take many times its memory as an array.
    const text = `{"headers":${JSON.stringify(headers)},"body":[${body.join(',')}]}`;
    await this.#call('POST', '/api/external-event', text, EVENT_TIMEOUT_MS);
  }

  /** Asks it to clean up, because it is stopped next. */
  async shutdown(): Promise<void> {
    await this.#call('POST', '/api/shutdown');
  }

  #call(method: string, path: string, text?: string, timeoutMs = TIMEOUT_MS): Promise<string> {
    const url = new URL(this.#place.url + path);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = {
      authorization: `Bearer ${this.#place.secret}`,
      connection: 'close',
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) =>
        reject(new ExtensionCallError(`it does not answer: ${ensureError(error).message}`));
      const request = send(url, { method, headers, rejectUnauthorized: this.#verify }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
        });
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          const { statusCode: status = 0 } = response;
          if (status >= 200 && status < 300) resolve(answer);
          else reject(new ExtensionCallError(messageOf(answer, status), status));
        });
      });
      const deadline = setTimeout(() => request.destroy(new Error(`not within ${timeoutMs / 1000} s`)), timeoutMs);
      request.on('error', fail);
      request.on('close', () => clearTimeout(deadline));
      request.end(text);
    });
  }
}

function subscriptionFields(ref: SubscriptionRef) {
  return {
    namespace_id: ref.namespace,
    pipeline_id: ref.pipeline,
    pipeline_subscription_id: ref.subscription,
  };
}

/** The extension's own words, whatever form they have: JSON with a message, or plain text. */
function messageOf(answer: string, status: number): string {
  const { message } = asObject(parseJson(answer));
  const text = (typeof message === 'string' ? message : answer).trim();
  // Some put the words of a Go error behind theirs, which are these if there was none.
  return text.replace(/; <nil>$/, '').slice(0, MAX_MESSAGE) || `HTTP status ${status}`;
}

function readDocumentation(info: unknown): ExtensionDocumentation {
  const { config_params, pipeline_subscription_params, body } = asObject(asObject(info)['documentation']);
  return {
    config_params: readParameters(config_params),
    pipeline_subscription_params: readParameters(pipeline_subscription_params),
    body: typeof body === 'string' ? body : '',
  };
}

function readParameters(list: unknown): ExtensionDocumentation['config_params'] {
  if (!Array.isArray(list)) return [];
  return list
    .map(asObject)
    .flatMap(({ key, required, documentation }) =>
      typeof key === 'string'
        ? [{ key, required: required === true, documentation: typeof documentation === 'string' ? documentation : '' }]
        : [],
    );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
