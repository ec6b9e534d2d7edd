import type { Config } from '../../sdk/wire.ts';

/** A version as lines to read and to compare: what its author wrote, tasks and names in the order of the alphabet. */
export function configText({ name, description, parallelism, tasks }: Config): string {
  const sorted = Object.fromEntries(Object.entries(tasks).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ name, description, parallelism, tasks: sorted }, withoutNothing, 2);
}

/** Leaves out what is not set. */
function withoutNothing(_key: string, value: unknown): unknown {
  const empty = value === null || value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  return empty || value === false ? undefined : value;
}
