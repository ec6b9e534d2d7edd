/** What a variable's value may stand for instead of itself. */
export type ReferenceKind = 'pipeline_secret' | 'global_secret' | 'pipeline_object' | 'run_object';

export interface Reference {
  readonly kind: ReferenceKind;
  readonly key: string;
}

const REFERENCE = /^\s*(pipeline_secret|global_secret|pipeline_object|run_object)\{\{(.+)\}\}\s*$/is;

/**
 * Reads a value such as `pipeline_secret{{db-password}}`. Only a value that is such an expression as a whole refers to
 * something (contract, pipeline-config §7.3); any other is plain text, for which this is undefined.
 */
export function parseReference(value: string): Reference | undefined {
  const match = REFERENCE.exec(value);
  const kind = match?.[1];
  const key = match?.[2]?.trim();
  if (kind === undefined || key === undefined || key === '') return undefined;
  return { kind: kind.toLowerCase() as ReferenceKind, key };
}
