/**
 * Expressions for the values of variables. Gofer replaces them just before the task's container starts, so a task can
 * read what its parents wrote. The expression has to be the whole value; inside other text it stays as it is.
 */

/**
 * A secret of this pipeline.
 *
 * @example task('mail', 'alpine:3.20').variable('SMTP_KEY', pipelineSecret('smtp-key'))
 */
export function pipelineSecret(key: string): string {
  return `pipeline_secret{{${key}}}`;
}

/**
 * A secret of the installation, if it is open to the pipeline's namespace.
 *
 * @example task('mail', 'alpine:3.20').variable('SMTP_KEY', globalSecret('smtp-key'))
 */
export function globalSecret(key: string): string {
  return `global_secret{{${key}}}`;
}

/**
 * An object that all runs of this pipeline share, such as a cache.
 *
 * @example task('build', 'alpine:3.20').variable('LAST_COMMIT', pipelineObject('last-commit'))
 */
export function pipelineObject(key: string): string {
  return `pipeline_object{{${key}}}`;
}

/**
 * An object of this run, written by an earlier task.
 *
 * @example task('publish', 'alpine:3.20').dependsOn('build', 'Success').variable('DIGEST', runObject('digest'))
 */
export function runObject(key: string): string {
  return `run_object{{${key}}}`;
}
