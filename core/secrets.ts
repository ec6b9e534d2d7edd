/** Names a secret of a pipeline or, without one, a global one. */
export interface SecretName {
  readonly pipeline?: { readonly namespace: string; readonly pipeline: string };
  readonly key: string;
}

/** Says what a sealed value belongs to, so that a record copied to another key does not open. */
export function secretIdentity({ pipeline, key }: SecretName): string {
  return pipeline
    ? `pipeline_secret:${JSON.stringify([pipeline.namespace, pipeline.pipeline, key])}`
    : `global_secret:${JSON.stringify([key])}`;
}
