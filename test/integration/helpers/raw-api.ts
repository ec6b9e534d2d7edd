import { expect, inject } from 'vitest';
import type { ClusterAddresses } from '../../helpers/cluster.ts';
import { pipelineOf, shellTask, uniqueId } from '../../helpers/gofer.ts';

const { apiUrl, token }: ClusterAddresses = inject('cluster');

/** What every good request carries. */
export const HEADERS = {
  authorization: `Bearer ${token}`,
  'gofer-api-version': 'v0',
  'content-type': 'application/json',
};

/** The namespace of one test file. */
export const NAMESPACE = uniqueId('api');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request as a stranger would make it; `body` is sent as it is if it is a string. */
export async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = HEADERS,
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${apiUrl}${path}`, { method, headers, ...(text !== undefined && { body: text }) });
  const answer = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    body: isJson ? (JSON.parse(answer) as Answer['body']) : {},
  };
}

export const place = (pipeline: string) => `/api/namespaces/${NAMESPACE}/pipelines/${pipeline}`;
export const register = (pipeline: string, config: unknown) => call('POST', `${place(pipeline)}/configs`, { config });

/** Registers a pipeline of one task under an id of its own. */
export async function registered(state: 'active' | 'disabled' = 'active'): Promise<string> {
  const id = uniqueId('api');
  expect((await register(id, pipelineOf(id, shellTask('main', 'true')))).status).toBe(201);
  expect((await call('PATCH', place(id), { state })).status).toBe(204);
  return id;
}

/** Creates the namespace of this file. */
export async function createNamespace(): Promise<void> {
  await call('POST', '/api/namespaces', { id: NAMESPACE, name: 'API', description: 'for tests' });
}

/** An error of the contract's form: readable, and with the request id that the header has. */
export function expectError(answer: Answer, status: number): void {
  const { request_id: requestId, message } = answer.body;
  expect(answer).toMatchObject({ status, body: { request_id: expect.any(String), message: expect.any(String) } });
  expect(message).not.toBe('');
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  expect(answer.text).toBe(JSON.stringify(answer.body, null, 2));
}
