import { invalid, type Problem } from '../core/errors.ts';
import { checkPipelineDocument } from '../core/pipeline-config.ts';
import { pipelineOptions, taskOptions } from '../core/pipeline-options.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { ConfigDocument, ParentRequirement, RegisteredPipeline, Task, TaskDocument } from '../sdk/wire.ts';
import { insertConfig } from '../store/configs.ts';
import type { PipelineRef } from '../store/pipelines.ts';
import type { Sealer } from './sealing.ts';

/** What stands in an answer where a registry password was. */
export const REDACTED = '[Redacted]';

/** Says what a sealed registry password belongs to, so that it opens nowhere else. */
export function registryAuthIdentity(ref: PipelineRef, task: string): string {
  return `registry_auth:${ref.namespace}/${ref.pipeline}/${task}`;
}

/**
 * Registers the next version of a pipeline.
 *
 * @throws GoferError `invalid` with every problem of the document, `not_found` if the namespace is missing
 */
export async function registerConfig(
  deps: { readonly db: PrismaClient; readonly sealer: Sealer },
  ref: PipelineRef,
  document: ConfigDocument,
): Promise<RegisteredPipeline> {
  const problems: Problem[] = [...checkPipelineDocument(document, 'config')];
  if (document.id !== ref.pipeline) {
    problems.push({ path: 'config.id', value: document.id, message: `must be '${ref.pipeline}', as in the path` });
  }
  if (problems.length > 0) throw invalid('the pipeline config is not valid', problems);
  const registryAuths = document.tasks.flatMap(({ id, registry_auth: auth }) =>
    auth ? [[id, deps.sealer.seal(auth.pass, registryAuthIdentity(ref, id))] as const] : [],
  );
  return insertConfig(deps.db, ref, {
    name: document.name,
    description: document.description ?? '',
    parallelism: document.parallelism,
    ...pipelineOptions(document),
    tasks: Object.fromEntries(document.tasks.map((task) => [task.id, toTask(task)])),
    registryAuths: Object.fromEntries(registryAuths),
  });
}

/** A task as users write it, in the shape in which the API returns it. */
function toTask(task: TaskDocument): Task {
  return {
    id: task.id,
    description: task.description ?? '',
    image: task.image,
    registry_auth: task.registry_auth ? { user: task.registry_auth.user, pass: REDACTED } : null,
    depends_on: Object.fromEntries(
      Object.entries(task.depends_on).map(([parent, status]) => [parent, status.toLowerCase() as ParentRequirement]),
    ),
    variables: Object.entries(task.variables).map(([key, value]) => ({ key, value, source: 'pipeline_config' })),
    entrypoint: task.entrypoint ?? null,
    command: task.command ?? null,
    inject_api_token: task.inject_api_token,
    always_pull_newest_image: task.always_pull_newest_image,
    ...taskOptions(task),
  };
}
