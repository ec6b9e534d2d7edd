import type { RunStatus } from '../states.ts';
import { isIdentifier } from '../ids.ts';

/** How a run can end. */
const ENDS: readonly RunStatus[] = ['successful', 'failed', 'cancelled', 'unknown'];

/** The pipeline whose runs are waited for. */
export interface Upstream {
  readonly namespace: string;
  readonly pipeline: string;
}

/** Reads `pipeline` or `namespace/pipeline`; the namespace is that of the subscription by default. */
export function parseUpstream(text: string, namespace: string): Upstream | undefined {
  const [first = '', second, ...more] = text.split('/');
  const upstream = second === undefined ? { namespace, pipeline: first } : { namespace: first, pipeline: second };
  return more.length === 0 && isIdentifier(upstream.namespace) && isIdentifier(upstream.pipeline)
    ? upstream
    : undefined;
}

/**
 * Reads a list such as `successful, failed`.
 *
 * @returns the statuses, or a sentence that says what is wrong
 */
export function parseEnds(text: string): readonly RunStatus[] | string {
  const ends = text.split(',').map((part) => part.trim());
  const wrong = ends.find((end) => !ENDS.includes(end as RunStatus));
  return wrong === undefined ? (ends as RunStatus[]) : `'${wrong}' is none of ${ENDS.join(', ')}`;
}
