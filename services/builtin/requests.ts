import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { ExternalRequest } from '../../store/external-events.ts';

/** The type of a request's body, without its parameters. */
function contentType({ headers }: ExternalRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The text of a request's body. */
export function textOf({ body }: ExternalRequest): string {
  return new TextDecoder().decode(body);
}

/** @throws GoferError `invalid` for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new GoferError(ErrorKind.Invalid, 'the body is not valid JSON');
  }
}

/**
 * The JSON that a webhook of GitHub carries: its body, or the field `payload` of a form.
 *
 * @throws GoferError `invalid` for another type of content, and for what is no JSON
 */
export function githubPayload(request: ExternalRequest): unknown {
  switch (contentType(request)) {
    case 'application/json':
      return parseJson(textOf(request));
    case 'application/x-www-form-urlencoded':
      return parseJson(new URLSearchParams(textOf(request)).get('payload') ?? '');
    default:
      throw new GoferError(ErrorKind.Invalid, 'the content type must be application/json or a form');
  }
}

/** A body as filters and mappings see it: JSON as what it says, a form as an object of its fields, anything else as text. */
export function readBody(request: ExternalRequest): unknown {
  const text = textOf(request);
  if (contentType(request) === 'application/x-www-form-urlencoded')
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
