import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { type OpenApiDocument, readRoutes, type Route } from '../../api/document.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly enum?: readonly (string | null)[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const document = JSON.parse(
  readFileSync(new URL('../../generated/openapi.json', import.meta.url), 'utf8'),
) as OpenApiDocument;

/** Every operation of the document. */
export const OPERATIONS: readonly Route[] = readRoutes(document);

export interface Outcome {
  /** 101 for a web socket, which is closed at once. */
  readonly status: number;
  readonly text: string;
}

/**
 * Sends the smallest request that the document allows for an operation, so that all that can be wrong with it is who sends
 * it. Its texts are empty, which is what no record has: it does no harm if it is let through.
 */
export async function perform(
  route: Route,
  ids: Readonly<Record<string, string>>,
  authorization?: string,
): Promise<Outcome> {
  const body = bodyOf(route);
  const headers = {
    'gofer-api-version': 'v0',
    ...(authorization !== undefined && { authorization }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(route.webSocket && {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    }),
  };
  const url = `${inject('cluster').apiUrl}${pathOf(route, ids)}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(url, { method: route.method, headers, agent: false });
    request.once('error', reject);
    request.once('response', resolve);
    request.once('upgrade', (upgraded, socket) => {
      socket.destroy();
      resolve(upgraded);
    });
    request.end(body);
  });
  const { statusCode: status = 0 } = response;
  return { status, text: status === 101 ? '' : await text(response) };
}

function pathOf({ path, parameters }: Route, ids: Readonly<Record<string, string>>): string {
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  const values = query.map(({ name, schema }) => `${name}=${schema.type === 'integer' ? '0' : 'true'}`);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => ids[name] ?? 'ghost');
  return values.length > 0 ? `${filled}?${values.join('&')}` : filled;
}

function bodyOf({ path, method, hasBody, upload }: Route): string | undefined {
  if (upload) return 'bytes';
  if (!hasBody) return undefined;
  const operation = document.paths[path]?.[method.toLowerCase() as Lowercase<typeof method>];
  const body = operation?.requestBody as { content: { 'application/json': { schema: Schema } } } | undefined;
  return JSON.stringify(exampleOf(body?.content['application/json'].schema ?? {}));
}

function exampleOf(schema: Schema): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return exampleOf(document.components?.['schemas']?.[name] as Schema);
  }
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]));
    }
    case 'array':
      return [];
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    default:
      return schema.enum?.[0] ?? '';
  }
}
