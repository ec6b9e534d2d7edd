/** Where a variable came from, as the API shows it; `unknown` and `extension` belong to the wire, but never occur. */
export type VariableSource = 'unknown' | 'system' | 'pipeline_config' | 'run_options' | 'extension';

export interface Variable {
  readonly key: string;
  readonly value: string;
  readonly source: VariableSource;
}

/**
 * Merges the variables of one task execution; later lists win (contract, api-behaviour §11.1). Keys are compared
 * without regard to case, and the winner keeps its own spelling.
 */
export function mergeVariables(...lists: readonly (readonly Variable[])[]): Variable[] {
  const merged = new Map<string, Variable>();
  for (const variable of lists.flat()) {
    if (variable.key !== '') merged.set(variable.key.toUpperCase(), variable);
  }
  return [...merged.values()];
}

/** The pipeline secret that holds the token of a run. Users cannot make one of such a name. */
export function runTokenKey(run: number): string {
  return `${RUN_TOKEN_PREFIX}${run}`;
}

export const RUN_TOKEN_PREFIX = 'gofer_api_token_run_id_';

/** What every container is told about itself; those that asked for it are given a token as well. */
export function systemVariables(
  pipeline: string,
  run: number,
  task: { id: string; image: string; inject_api_token: boolean },
): Variable[] {
  const token = { key: 'GOFER_TOKEN', value: `pipeline_secret{{${runTokenKey(run)}}}`, source: 'system' } as const;
  return [
    { key: 'GOFER_PIPELINE_ID', value: pipeline, source: 'system' },
    { key: 'GOFER_RUN_ID', value: String(run), source: 'system' },
    { key: 'GOFER_TASK_ID', value: task.id, source: 'system' },
    { key: 'GOFER_TASK_IMAGE', value: task.image, source: 'system' },
    ...(task.inject_api_token ? [token] : []),
  ];
}
