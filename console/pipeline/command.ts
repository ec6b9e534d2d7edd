import type { PipelineRef } from '../../sdk/resources.ts';

/** What to type to do something with a pipeline. */
export function gofer(verb: string, { namespace, pipeline }: PipelineRef, ...rest: readonly string[]): string {
  const elsewhere = namespace === 'default' ? [] : [`--namespace ${namespace}`];
  return [`gofer ${verb} ${pipeline}`, ...rest, ...elsewhere].join(' ');
}
