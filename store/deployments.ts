import { notFound } from '../core/errors.ts';
import type { Deployment as DeploymentRow, PrismaClient } from '../generated/prisma/client.ts';
import type { Deployment } from '../sdk/wire.ts';
import { MAX_INTEGER, toMillis, type Database } from './client.ts';
import { getConfig } from './configs.ts';
import { recordEvent } from './events.ts';
import { missingPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';
import { isMissingRow } from './errors.ts';

/**
 * Makes a version live and the formerly live one deprecated; 0 means the highest. The switch is one transaction, so a
 * deployment is never seen unfinished and two of them never overlap.
 */
export async function deployConfig(db: PrismaClient, ref: PipelineRef, version: number): Promise<Deployment> {
  const key = pipelineKey(ref);
  return db.$transaction(async (tx) => {
    const pipeline = await tx.pipeline
      .update({ where: { namespaceId_pipelineId: key }, data: { lastDeployment: { increment: 1 } } })
      .catch((error: unknown) => {
        throw isMissingRow(error) ? missingPipeline(ref) : error;
      });
    const target = await getConfig(tx, ref, version);
    const live = await tx.pipelineConfig.findFirst({ where: { ...key, state: 'live' } });
    if (live && live.version !== target.version) {
      await tx.pipelineConfig.update({
        where: { namespaceId_pipelineId_version: { ...key, version: live.version } },
        data: { state: 'deprecated', deprecated: new Date() },
      });
    }
    await tx.pipelineConfig.update({
      where: { namespaceId_pipelineId_version: { ...key, version: target.version } },
      data: { state: 'live' },
    });
    const startVersion = live?.version ?? target.version;
    const row = await tx.deployment.create({
      data: {
        ...key,
        deploymentId: pipeline.lastDeployment,
        startVersion,
        endVersion: target.version,
        ended: new Date(),
        state: 'Complete',
        status: 'Successful',
      },
    });
    const fields = {
      namespace_id: ref.namespace,
      pipeline_id: ref.pipeline,
      start_version: startVersion,
      end_version: target.version,
    };
    await recordEvent(tx, { started_deployment: fields });
    await recordEvent(tx, { completed_deployment: fields });
    return toDeployment(row);
  });
}

export async function listDeployments(db: Database, ref: PipelineRef): Promise<Deployment[]> {
  const rows = await db.deployment.findMany({ where: pipelineKey(ref), orderBy: { deploymentId: 'asc' } });
  return rows.map(toDeployment);
}

export async function getDeployment(db: Database, ref: PipelineRef, deploymentId: number): Promise<Deployment> {
  const where = { namespaceId_pipelineId_deploymentId: { ...pipelineKey(ref), deploymentId } };
  const row = deploymentId > MAX_INTEGER ? null : await db.deployment.findUnique({ where });
  if (!row) throw notFound(`deployment of pipeline '${ref.namespace}/${ref.pipeline}'`, deploymentId);
  return toDeployment(row);
}

function toDeployment(row: DeploymentRow): Deployment {
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    deployment_id: row.deploymentId,
    start_version: row.startVersion,
    end_version: row.endVersion,
    started: toMillis(row.started),
    ended: toMillis(row.ended),
    state: row.state as Deployment['state'],
    status: row.status as Deployment['status'],
    status_reason: null,
    logs: [],
  };
}
