import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { OnLimit, PipelineOptions } from '../core/pipeline-options.ts';
import { Prisma, type PipelineConfig as ConfigRow, type PrismaClient } from '../generated/prisma/client.ts';
import type { Config, RegisteredPipeline, Task } from '../sdk/wire.ts';
import { fromJson, MAX_INTEGER, toJson, toMillis, type Database } from './client.ts';
import { recordEvent } from './events.ts';
import { getPipeline, missingPipeline, pipelineKey, toPipelineMetadata, type PipelineRef } from './pipelines.ts';

/** A version to register: the content of a config without what the server adds. */
export interface NewConfig extends PipelineOptions {
  readonly name: string;
  readonly description: string;
  readonly parallelism: number;
  readonly tasks: Readonly<Record<string, Task>>;
  /** Task id to sealed registry password. */
  readonly registryAuths: Readonly<Record<string, string>>;
}

/**
 * Stores the next version of a pipeline, creating the pipeline with its first one.
 *
 * @throws GoferError `not_found` if the namespace is missing
 */
export async function insertConfig(db: PrismaClient, ref: PipelineRef, config: NewConfig): Promise<RegisteredPipeline> {
  return db.$transaction(async (tx) => {
    const key = pipelineKey(ref);
    // The lock keeps the namespace from being deleted meanwhile; whoever inserts the pipeline first has created it.
    const namespaces = await tx.$queryRaw<unknown[]>`select from namespaces where id = ${ref.namespace} for key share`;
    if (namespaces.length === 0) throw notFound('namespace', ref.namespace);
    const created = await tx.pipeline.createMany({ data: [key], skipDuplicates: true });
    const pipeline = await tx.pipeline.update({
      where: { namespaceId_pipelineId: key },
      data: { lastVersion: { increment: 1 } },
    });
    const row = await tx.pipelineConfig.create({
      data: {
        ...key,
        version: pipeline.lastVersion,
        name: config.name,
        description: config.description,
        parallelism: config.parallelism,
        timeout: config.timeout ?? null,
        onLimit: config.on_limit ?? null,
        tasks: toJson(config.tasks),
        registryAuths: toJson(config.registryAuths),
      },
    });
    if (created.count > 0) {
      await recordEvent(tx, { created_pipeline: { namespace_id: ref.namespace, pipeline_id: ref.pipeline } });
    }
    return { metadata: toPipelineMetadata(pipeline), config: toConfig(row) };
  });
}

/** All versions, the newest first. */
export async function listConfigs(db: Database, ref: PipelineRef): Promise<Config[]> {
  const rows = await db.pipelineConfig.findMany({ where: pipelineKey(ref), orderBy: { version: 'desc' } });
  return rows.map(toConfig);
}

/** One version; 0 means the highest. */
export async function getConfig(db: Database, ref: PipelineRef, version: number): Promise<Config> {
  return toConfig(await findConfig(db, ref, version));
}

/** Deletes a version that is neither the highest nor live nor used by a run. */
export async function deleteConfig(db: PrismaClient, ref: PipelineRef, version: number): Promise<void> {
  await db.$transaction(async (tx) => {
    const highest = await findConfig(tx, ref, 0);
    if (version === highest.version) {
      throw new GoferError(ErrorKind.Invalid, `version ${version} is the highest and cannot be deleted`);
    }
    const row = await findConfig(tx, ref, version);
    if (row.state === 'live')
      throw new GoferError(ErrorKind.Invalid, `version ${version} is live and cannot be deleted`);
    const usedBy = await tx.run.count({ where: { ...pipelineKey(ref), version } });
    if (usedBy > 0) throw new GoferError(ErrorKind.Conflict, `version ${version} is used by ${usedBy} run(s)`);
    await tx.pipelineConfig.delete({
      where: { namespaceId_pipelineId_version: { ...pipelineKey(ref), version } },
    });
  });
}

/** The version a run started now would use: the live one, or the highest if none was ever deployed. */
export async function versionToRun(db: Database, ref: PipelineRef): Promise<number> {
  const live = await db.pipelineConfig.findFirst({
    where: { ...pipelineKey(ref), state: 'live' },
    select: { version: true },
  });
  return (live ?? (await findConfig(db, ref, 0))).version;
}

async function findConfig(db: Database, ref: PipelineRef, version: number): Promise<ConfigRow> {
  const row = await (version === 0
    ? db.pipelineConfig.findFirst({ where: pipelineKey(ref), orderBy: { version: 'desc' } })
    : db.pipelineConfig.findFirst({
        where: { ...pipelineKey(ref), version: Math.max(-1, Math.min(version, MAX_INTEGER)) },
      }));
  if (row) return row;
  await getPipeline(db, ref);
  throw notFound(`config of pipeline '${ref.namespace}/${ref.pipeline}'`, version === 0 ? 'highest' : `v${version}`);
}

/** Whether any task of a version is to be given a token. */
export async function asksForToken(db: Database, ref: PipelineRef, version: number): Promise<boolean> {
  const rows = await db.$queryRaw<{ asks: boolean }[]>`
    select exists (select from json_each(tasks) where (value ->> 'inject_api_token')::boolean) as asks
    from pipeline_configs
    where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and version = ${version}`;
  return rows[0]?.asks ?? false;
}

/** Locks a pipeline's row, so that what follows in the transaction is alone with it, and returns it. */
export async function lockPipeline(tx: Database, ref: PipelineRef) {
  const rows = await tx.$queryRaw<unknown[]>(
    Prisma.sql`select from pipelines where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} for update`,
  );
  if (rows.length === 0) throw missingPipeline(ref);
}

function toConfig(row: ConfigRow): Config {
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    version: row.version,
    parallelism: Number(row.parallelism),
    ...(row.timeout !== null && { timeout: row.timeout }),
    ...(row.onLimit !== null && { on_limit: row.onLimit as OnLimit }),
    name: row.name,
    description: row.description,
    tasks: fromJson<Config['tasks']>(row.tasks),
    state: row.state as Config['state'],
    registered: toMillis(row.registered),
    deprecated: toMillis(row.deprecated),
  };
}
