import type { IncomingHttpHeaders } from 'node:http';

import type { ByteRange } from '../../backends/objects/contract.ts';

const BYTES = /^bytes *= *(\d*)-(\d*) *$/i;

/**
 * The part of a download that a request asks for by RFC 9110, section 14: undefined if it is all, 'unsatisfiable' if it
 * lies behind the end. As the RFC allows, several ranges at once, other units and what is no range count as nothing.
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  size: number,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const condition = headers['if-range'];
  // Who has a part of something else gets all.
  if (condition !== undefined && condition !== etag) return undefined;
  const [, first, last] = BYTES.exec(headers.range ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0) return 'unsatisfiable';
    return size === 0 ? undefined : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) };
}
