/**
 * How many runs of a pipeline may run at once (contract, api-behaviour D61); Infinity if nothing limits them.
 *
 * @param parallelism the pipeline's own limit, 0 for none
 * @param serverLimit the server's limit for every pipeline, 0 for none
 */
export function runLimit(parallelism: number, serverLimit: number): number {
  return Math.min(parallelism || Infinity, serverLimit || Infinity);
}
