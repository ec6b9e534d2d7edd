import type { RunRef } from './ids.ts';

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

/** What a container is told about itself and, if it asked for a token, about the API that the token is for. */
export function systemVariables(
  { namespace, pipeline, run }: RunRef,
  task: { id: string; image: string; inject_api_token: boolean },
  apiUrl: string,
): Variable[] {
  const itself = {
    GOFER_PIPELINE_ID: pipeline,
    GOFER_RUN_ID: String(run),
    GOFER_TASK_ID: task.id,
    GOFER_TASK_IMAGE: task.image,
  };
  // The names that the command line reads, so that it works in a container as it is.
  const api = {
    GOFER_TOKEN: `pipeline_secret{{${runTokenKey(run)}}}`,
    GOFER_API_BASE_URL: apiUrl,
    GOFER_NAMESPACE: namespace,
  };
  return Object.entries({ ...itself, ...(task.inject_api_token && api) }).map(([key, value]) => ({
    key,
    value,
    source: 'system',
  }));
}
