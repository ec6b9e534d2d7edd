import { RE2JS } from 're2js';

import type { CompileTarget } from '../core/permissions.ts';

/** Longer ones are nobody's honest pattern, and what they compile to grows with them. */
const MAX_LENGTH = 1000;
/** How many compiled patterns are kept, the last ones asked for. */
const MAX_KEPT = 1000;
const kept = new Map<string, (id: string) => boolean>();

/** With RE2, which takes linear time for every pattern; what it cannot do in that, such as look-around, it refuses. */
export const compileTarget: CompileTarget = (source) => {
  const matches = kept.get(source) ?? compile(source);
  // What was used last goes to the end, so that the first one is the one to forget.
  kept.delete(source);
  kept.set(source, matches);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  return matches;
};

/** Whether a text is a regular expression that says anything: the empty one, which is in every text, does not count. */
export function isTarget(source: string): boolean {
  if (source === '') return false;
  try {
    compileTarget(source);
    return true;
  } catch {
    return false;
  }
}

function compile(source: string): (id: string) => boolean {
  if (source.length > MAX_LENGTH) throw new Error(`it has more than ${MAX_LENGTH} characters`);
  const pattern = RE2JS.compile(source);
  return (id) => pattern.matcher(id).find();
}
