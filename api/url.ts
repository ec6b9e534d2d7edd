import { invalid } from '../core/errors.ts';
import type { Route } from './document.ts';

/**
 * Brings a request's path into the one form that is matched: without empty segments, each segment encoded in the same
 * way. Clients rely on it: the base URL of some ends in a slash, so all their paths start with two.
 * @throws GoferError for `.` and `..` and for bytes that are not UTF-8.
 */
export function normaliseUrl(url: string): string {
  const [path = '', ...query] = url.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?');
  const segments = path.split('/').filter((segment) => segment !== '');
  const normal = `/${segments.map(normaliseSegment).join('/')}`;
  return query.length > 0 ? `${normal}?${query.join('?')}` : normal;
}

function normaliseSegment(segment: string): string {
  if (segment === '.' || segment === '..') {
    throw invalid('the path is not valid', [{ path: 'path', value: segment, message: 'must not have dot segments' }]);
  }
  try {
    return encodeURIComponent(decodeURIComponent(segment));
  } catch {
    throw invalid('the path is not valid', [{ path: 'path', value: segment, message: 'must be UTF-8 when decoded' }]);
  }
}

/** Splits a normal URL. */
export function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** The decoded parameters if a normal path is one of this route's, else undefined. */
export function matchPath(route: Route, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = route.path.split('/');
  const segments = path.split('/');
  if (wanted.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const segment = segments[index] ?? '';
    if (want.startsWith('{')) parameters[want.slice(1, -1)] = decodeURIComponent(segment);
    else if (want !== segment) return undefined;
  }
  return parameters;
}
