import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as far as its signature goes. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How far the clocks of Stripe and of this machine may be apart, in seconds. */
const STRIPE_TOLERANCE = 300;

export const HMAC_ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number];

/** Whether two secrets are the same, found out in a time that depends on neither. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Whether `signature` is the HMAC of the bytes, in hexadecimal or base64. */
export function isHmac(algorithm: HmacAlgorithm, secret: string, bytes: Uint8Array, signature: string): boolean {
  const expected = createHmac(algorithm, secret).update(bytes).digest();
  const given = Buffer.from(signature, /^[0-9a-f]+$/i.test(signature) ? 'hex' : 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * GitHub's signature, `<algorithm>=<hexadecimal>`, over the bytes as they came, in whichever of its two headers is there
 * (contract, extensions §10.2).
 */
export function isSignedByGithub({ headers, body }: SignedRequest, secret: string): boolean {
  const header = headers['x-hub-signature-256'] ?? headers['x-hub-signature'] ?? '';
  const [, name, signature = ''] = /^(\w+)=([0-9a-fA-F]+)$/.exec(header) ?? [];
  const algorithm = HMAC_ALGORITHMS.find((each) => each === name);
  return algorithm !== undefined && isHmac(algorithm, secret, body, signature);
}

/** Stripe's signature, `t=<seconds>,v1=<hexadecimal>`, over the time and the body, and not much older than `now`. */
export function isSignedByStripe(header: string, body: Uint8Array, secret: string, now: number): boolean {
  const parts = header.split(',').map((part) => part.trim().split('=', 2) as [string, string?]);
  const time = parts.find(([key]) => key === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(time) || Math.abs(now / 1000 - Number(time)) > STRIPE_TOLERANCE) return false;
  const signed = Buffer.concat([Buffer.from(`${time}.`), body]);
  return parts.some(([key, value]) => key === 'v1' && isHmac('sha256', secret, signed, value ?? ''));
}
