import type { RunStatus } from '../states.ts';
import { formatDuration, parseDuration } from '../duration.ts';

/** When the end of a run is worth telling. */
export type NotifyCondition =
  | { readonly kind: 'ended' | 'failed' | 'successful' | 'cancelled' | 'recovered' }
  /** The last so many runs have failed, and the one before them has not. */
  | { readonly kind: 'failures'; readonly count: number }
  /** The run took longer than this, in milliseconds. */
  | { readonly kind: 'longer'; readonly than: number };

const PLAIN = ['ended', 'failed', 'successful', 'cancelled', 'recovered'] as const;

/** The longest streak that is looked at. */
export const MAX_STREAK = 100;

/**
 * Reads a list such as `failed, recovered, failures:3, longer:30m`.
 *
 * @returns the conditions, or a sentence that says what is wrong
 */
export function parseConditions(text: string): readonly NotifyCondition[] | string {
  const conditions: NotifyCondition[] = [];
  for (const item of text.split(',').map((part) => part.trim())) {
    const condition = parseCondition(item);
    if (!condition) return `'${item}' is none of ${PLAIN.join(', ')}, failures:<2 to ${MAX_STREAK}>, longer:<duration>`;
    conditions.push(condition);
  }
  return conditions;
}

function parseCondition(item: string): NotifyCondition | undefined {
  const plain = PLAIN.find((kind) => kind === item);
  if (plain) return { kind: plain };
  const [kind, argument = '', ...more] = item.split(':');
  if (more.length > 0) return undefined;
  if (kind === 'failures' && /^\d{1,3}$/.test(argument)) {
    const count = Number(argument);
    return count >= 2 && count <= MAX_STREAK ? { kind, count } : undefined;
  }
  const than = parseDuration(argument) ?? 0;
  return kind === 'longer' && than > 0 ? { kind, than } : undefined;
}

/** How a run ended. */
export interface EndedRun {
  readonly status: RunStatus;
  /** In milliseconds. */
  readonly took: number;
}

/**
 * Why the end of a run is worth telling, for people; empty if it is not.
 *
 * @param before how the pipeline's runs before it ended, the latest one first, without those that were cancelled
 */
export function reasonsToNotify(
  conditions: readonly NotifyCondition[],
  run: EndedRun,
  before: readonly RunStatus[],
): readonly string[] {
  return conditions.flatMap((condition) => reasonToNotify(condition, run, before) ?? []);
}

function reasonToNotify(condition: NotifyCondition, run: EndedRun, before: readonly RunStatus[]): string | undefined {
  switch (condition.kind) {
    case 'ended':
      return `ended ${run.status}`;
    case 'failed':
    case 'successful':
    case 'cancelled':
      return run.status === condition.kind ? condition.kind : undefined;
    case 'recovered':
      return run.status === 'successful' && before[0] === 'failed' ? 'recovered' : undefined;
    case 'failures': {
      const streak = run.status === 'failed' ? 1 + lengthOfStreak(before) : 0;
      return streak === condition.count ? `failed ${streak} times in a row` : undefined;
    }
    case 'longer':
      return run.took > condition.than
        ? `took ${formatDuration(run.took)}, longer than ${formatDuration(condition.than)}`
        : undefined;
  }
}

function lengthOfStreak(before: readonly RunStatus[]): number {
  const end = before.findIndex((status) => status !== 'failed');
  return end < 0 ? before.length : end;
}

/** What templates of messages may name. */
export const MESSAGE_FIELDS = [
  'namespace',
  'pipeline',
  'run',
  'status',
  'reason',
  'description',
  'took',
  'url',
] as const;

export const DEFAULT_MESSAGE = "run #{{run}} of pipeline '{{namespace}}/{{pipeline}}' {{reason}}. {{description}}";

/** A text for Slack, in which `&`, `<` and `>` have a meaning. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
