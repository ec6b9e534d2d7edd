import { invalid, type Problem } from '../core/errors.ts';

/**
 * Refuses what neither PostgreSQL nor an environment can hold, wherever it stands in a JSON body: the character NUL, and
 * halves of characters, which JSON can write but no encoding can.
 *
 * @throws GoferError `invalid` that names every place
 */
export function requireStorable(body: unknown): void {
  const problems = problemsOf(body, '');
  if (problems.length > 0) throw invalid('the request body is not valid', problems);
}

function problemsOf(value: unknown, path: string): readonly Problem[] {
  if (typeof value === 'string') {
    return isStorable(value) ? [] : [{ path, message: 'must be Unicode without the character NUL' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly Problem[] => {
    const place = Array.isArray(value) ? `${path}[${key}]` : [path, key].filter(Boolean).join('.');
    const named = isStorable(key) ? [] : [{ path: path || 'body', value: key, message: 'must not be a name here' }];
    return [...named, ...problemsOf(inner, place)];
  });
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
