import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ExtensionEnvironment } from './environment.ts';
import { Refusal } from './extension.ts';

/** External events come as lists of numbers, with up to four characters for each byte of 32 MiB. */
const BODY_LIMIT = 160 * 1024 * 1024;

/** What an endpoint answers: nothing, which is a 204, or an object. */
type Endpoint = (body: unknown) => Promise<object | void>;

/** The endpoints of the protocol, such as `POST /api/subscribe`. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

const HEALTH = 'GET /api/health';

/**
 * A server for the extension protocol. Everything but its health is for those who have the secret.
 *
 * @param onFault is told of what an endpoint throws that is no refusal
 */
export function createExtensionServer(
  { secret, tls }: ExtensionEnvironment,
  endpoints: Endpoints,
  onFault: (error: unknown) => void,
): Server {
  const isAuthorised = secretChecker(secret);
  const listener: RequestListener = (request, response) => {
    handle(request).then(
      (answer) => reply(response, answer),
      (error: unknown) => {
        const problem = toProblem(error);
        if (problem.status === 500) onFault(error);
        reply(response, { status: problem.status, body: { message: problem.message, request_id: randomUUID() } });
      },
    );
  };

  async function handle(request: IncomingMessage): Promise<Answer> {
    const name = `${request.method} ${request.url?.split('?')[0]}`;
    if (name !== HEALTH) checkHeader(request.headers.authorization, isAuthorised);
    const endpoint = endpoints[name];
    if (!endpoint) throw new ProtocolError(404, `there is no ${name}`);
    const body = await endpoint(await readJson(request));
    return body ? { status: 200, body } : { status: 204 };
  }

  return tls ? createTlsServer(tls, listener) : createServer(listener);
}

interface Answer {
  readonly status: number;
  readonly body?: object;
}

class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function toProblem(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof ProtocolError) return error;
  if (error instanceof Refusal) return { status: 400, message: error.message };
  return { status: 500, message: 'the extension has a fault; its log says more' };
}

/** Compares hashes in constant time, so that the time taken tells neither the secret nor its length. */
function secretChecker(secret: string): (token: string) => boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const wanted = hash(secret);
  return (token) => timingSafeEqual(hash(token), wanted);
}

function checkHeader(header: string | undefined, isAuthorised: (token: string) => boolean): void {
  const [, token] = /^Bearer (.*)$/.exec(header ?? '') ?? [];
  if (token === undefined) throw new ProtocolError(400, "the header 'Authorization: Bearer <token>' is missing");
  if (!isAuthorised(token)) throw new ProtocolError(401, 'the token is not good');
}

/** Undefined if there is no body. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ProtocolError(413, `the body has more than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ProtocolError(400, 'the body is not JSON');
  }
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  if (!body) return void response.writeHead(status).end();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A text member of a request's body. @throws a 400 */
export function textOf(body: unknown, name: string): string {
  const value = (body as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (typeof value !== 'string') throw new ProtocolError(400, `'${name}' must be a text`);
  return value;
}

/** A member of a request's body that is an object of texts. @throws a 400 */
export function textsOf(body: unknown, name: string): Record<string, string> {
  const value = (body as Readonly<Record<string, unknown>> | undefined)?.[name];
  const isTexts =
    typeof value === 'object' && value !== null && Object.values(value).every((it) => typeof it === 'string');
  if (!isTexts) throw new ProtocolError(400, `'${name}' must be an object of texts`);
  return value as Record<string, string>;
}

/** A member of a request's body that is a list of bytes. @throws a 400 */
export function bytesOf(body: unknown, name: string): Buffer {
  const value = (body as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (!Array.isArray(value)) throw new ProtocolError(400, `'${name}' must be a list of bytes`);
  return Buffer.from(value as number[]);
}
