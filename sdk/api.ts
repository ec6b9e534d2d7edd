import createClient from 'openapi-fetch';
import type { paths } from '../generated/openapi.ts';
import { apiErrorFrom, connectionProblem, UnreachableError } from './errors.ts';
import type { Api } from './resources.ts';

/** What every request carries. */
export const API_VERSION_HEADER = { 'gofer-api-version': 'v0' };

export interface ApiOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Besides the version of the API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one request may take, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
}

/**
 * The HTTP client that the OpenAPI document types. It needs nothing but `fetch`, so that it runs in browsers as well. Every
 * call throws ApiError if the server refuses and UnreachableError if there is none.
 */
export function openApi({ baseUrl, headers = {}, timeoutMs = 30_000 }: ApiOptions): Api {
  return createClient<paths>({
    baseUrl,
    headers: { ...API_VERSION_HEADER, ...headers, accept: 'application/json' },
    fetch: (request) => send(request, baseUrl, timeoutMs),
  });
}

function send(request: Request, address: string, timeoutMs: number): Promise<Response> {
  return fetchOk(request, address, AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]));
}

/** The answer to a request, if it is a success; everything else is thrown, as `openApi` does. */
export async function fetchOk(
  request: Request,
  address: string,
  signal: AbortSignal = request.signal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request, { signal });
  } catch (error) {
    throw new UnreachableError(address, connectionProblem(error), error);
  }
  if (response.ok) return response;
  throw await apiErrorFrom(response, `${request.method} ${new URL(request.url).pathname}`);
}
