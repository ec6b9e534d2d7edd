import type { ExtensionDocumentation } from '../sdk/wire.ts';
import { toJson, type Database } from './client.ts';

/** A start of a container: its id, its token and the sealed secret of that. */
export interface ExtensionStart {
  readonly startId: string;
  readonly tokenId: string;
  readonly sealedSecret: string;
}

/** Notes that another container is about to be made, which knows of no subscriptions yet. */
export async function recordStart(tx: Database, id: string, start: ExtensionStart): Promise<void> {
  await tx.extension.update({
    where: { id },
    data: { ...start, state: 'processing', url: '' },
  });
  await tx.subscription.updateMany({ where: { extensionId: id }, data: { dispatched: null } });
}

/** Notes what is being done for a container that does not run yet. */
export async function markExtensionProcessing(db: Database, id: string, message: string): Promise<void> {
  await db.extension.updateMany({ where: { id }, data: { state: 'processing', message } });
}

/** Notes where the container can be reached, which makes it known to its callers: it is well. */
export async function markExtensionRunning(
  db: Database,
  id: string,
  startId: string,
  running: { readonly url: string; readonly documentation: ExtensionDocumentation; readonly started: Date },
): Promise<void> {
  const { url, documentation, started } = running;
  await db.extension.updateMany({
    where: { id, startId },
    data: { state: 'running', message: null, url, documentation: toJson(documentation), started },
  });
}

/** Notes that the extension does not run, and why if that is not what is wanted. Returns whether it is still that start. */
export async function markExtensionExited(
  db: Database,
  id: string,
  { startId, message }: { readonly startId?: string; readonly message: string | null },
): Promise<boolean> {
  const where = { id, ...(startId !== undefined && { startId }) };
  const { count } = await db.extension.updateMany({ where, data: { state: 'exited', url: '', message } });
  return count > 0;
}

/** Notes that the extension without a container is at work. */
export async function markBuiltinRunning(db: Database, id: string): Promise<void> {
  await db.extension.updateMany({
    where: { id, state: { not: 'running' } },
    data: { state: 'running', message: null, started: new Date() },
  });
}
