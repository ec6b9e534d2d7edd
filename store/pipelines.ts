import { notFound } from '../core/errors.ts';
import type { Pipeline as PipelineRow, PrismaClient } from '../generated/prisma/client.ts';
import type { PipelineMetadata } from '../sdk/wire.ts';
import { MAX_INTEGER, toMillis, type Database } from './client.ts';
import { isMissingRow } from './errors.ts';
import { recordEvent } from './events.ts';
import { recordUnregistrations } from './subscription-events.ts';

/** Names a pipeline. */
export interface PipelineRef {
  readonly namespace: string;
  readonly pipeline: string;
}

/** The primary key of a pipeline, as Prisma wants it. */
export function pipelineKey(ref: PipelineRef) {
  return { namespaceId: ref.namespace, pipelineId: ref.pipeline };
}

/** Pipelines by id; all of the namespace unless limited. `behind` is the id to begin behind. */
export async function listPipelines(
  db: Database,
  namespace: string,
  page: { limit?: number; behind?: string } = {},
): Promise<PipelineMetadata[]> {
  const rows = await db.pipeline.findMany({
    where: { namespaceId: namespace, ...(page.behind !== undefined && { pipelineId: { gt: page.behind } }) },
    orderBy: { pipelineId: 'asc' },
    ...(page.limit !== undefined && { take: Math.min(page.limit, MAX_INTEGER) }),
  });
  return rows.map(toPipelineMetadata);
}

export async function getPipeline(db: Database, ref: PipelineRef): Promise<PipelineMetadata> {
  const row = await db.pipeline.findUnique({ where: { namespaceId_pipelineId: pipelineKey(ref) } });
  if (!row) throw missingPipeline(ref);
  return toPipelineMetadata(row);
}

/** Switches a pipeline on or off for new runs. Setting the state it has already changes nothing. */
export async function setPipelineState(
  db: PrismaClient,
  ref: PipelineRef,
  state: 'active' | 'disabled',
): Promise<void> {
  await db.$transaction(async (tx) => {
    const current = await getPipeline(tx, ref);
    if (current.state === state) return;
    const where = { namespaceId_pipelineId: pipelineKey(ref) };
    await tx.pipeline.update({ where, data: { state, modified: new Date() } });
    const fields = { namespace_id: ref.namespace, pipeline_id: ref.pipeline };
    await recordEvent(tx, state === 'active' ? { enabled_pipeline: fields } : { disabled_pipeline: fields });
  });
}

/** Deletes the pipeline with all records below it. */
export async function deletePipeline(db: PrismaClient, ref: PipelineRef): Promise<void> {
  try {
    await db.$transaction(async (tx) => {
      await recordUnregistrations(tx, pipelineKey(ref));
      await tx.pipeline.delete({ where: { namespaceId_pipelineId: pipelineKey(ref) } });
      await recordEvent(tx, { deleted_pipeline: { namespace_id: ref.namespace, pipeline_id: ref.pipeline } });
    });
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    throw missingPipeline(ref);
  }
}

export function missingPipeline(ref: PipelineRef) {
  return notFound('pipeline', `${ref.namespace}/${ref.pipeline}`);
}

export function toPipelineMetadata(row: PipelineRow): PipelineMetadata {
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    created: toMillis(row.created),
    modified: toMillis(row.modified),
    state: row.state as PipelineMetadata['state'],
  };
}
