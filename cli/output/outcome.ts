import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { oneLine } from './table.ts';

/** Why a task ended as it did, in a few words; empty for success. */
export function taskReason({ status, status_reason, exit_code, detail }: TaskExecution): string {
  if (status === 'successful') return '';
  const skipped = detail?.skipped_because;
  if (status === 'skipped' && skipped) {
    return `needs ${skipped.required} of ${skipped.parent}, which ended ${skipped.parent_status}`;
  }
  if (status === 'failed' && status_reason?.reason === 'abnormal_exit') return `exit code ${exit_code ?? 'unknown'}`;
  return oneLine(status_reason?.description || detail?.message || status_reason?.reason || '');
}

/** What a task that has not ended is doing or waiting for. */
export function taskActivity({ state, detail }: TaskExecution): string {
  const parents = detail?.waiting_for ?? [];
  if (state === 'waiting' && parents.length > 0) return `waiting for ${parents.join(', ')}`;
  return oneLine(detail?.message ?? '');
}

/** Why a run ended as it did, or what it waits for; empty if there is nothing to say. */
export function runReason({ status_reason, detail }: Run): string {
  if (status_reason) return oneLine([status_reason.reason, status_reason.description].filter(Boolean).join(': '));
  return oneLine(detail?.message ?? '');
}

/** What a pending run waits for, in a few words; empty if it does not wait. */
export function waitingFor({ pipeline_id, namespace_id, detail }: Run): string {
  const waiting = detail?.waiting;
  if (!waiting) return '';
  const ownKeys = `${namespace_id}/${pipeline_id}/`;
  const holders = waiting.held_by.map((key) => (key.startsWith(ownKeys) ? `#${key.slice(ownKeys.length)}` : key));
  const limit = waiting.allowed === undefined ? '' : ` of ${waiting.allowed}`;
  return `${waiting.limit}${limit}, place ${waiting.position}${holders.length > 0 ? `, behind ${holders.join(', ')}` : ''}`;
}

const REQUIREMENTS = [
  { status: 'any', words: 'finished' },
  { status: 'success', words: 'finished successfully' },
  { status: 'failure', words: 'finished with an error' },
] as const;

/** Up to three lines that say after what a task starts. */
export function dependencyLines(dependsOn: Readonly<Record<string, string>>): string[] {
  return REQUIREMENTS.flatMap(({ status, words }) => {
    const parents = Object.keys(dependsOn).filter((parent) => dependsOn[parent] === status);
    return parents.length > 0 ? [`after ${parents.sort().join(', ')} ${words}`] : [];
  });
}

/** Tasks with few parents first, as the layouts want them. */
export function byParents<T extends { readonly id: string; readonly depends_on: object }>(one: T, other: T): number {
  const difference = Object.keys(one.depends_on).length - Object.keys(other.depends_on).length;
  return difference || one.id.localeCompare(other.id);
}
