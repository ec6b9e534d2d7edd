import { createHmac } from 'node:crypto';
import type { SubscribedPipeline, Values } from '../../../../services/builtin/contract.ts';
import type { ExternalRequest } from '../../../../store/external-events.ts';

export function subscribed(parameters: Values, subscription = 'some'): SubscribedPipeline {
  return { namespace: 'default', pipeline: 'build', subscription, parameters, since: Date.UTC(2026, 0, 1) };
}

export function request(headers: Values, body: string | object): ExternalRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { headers: { 'content-type': 'application/json', ...headers }, body: new TextEncoder().encode(text) };
}

export function hmac(algorithm: string, secret: string, body: string | object): string {
  return createHmac(algorithm, secret)
    .update(typeof body === 'string' ? body : JSON.stringify(body))
    .digest('hex');
}
