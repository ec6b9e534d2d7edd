import type { Database } from './client.ts';

/** Identifies this installation among all that use the same container engine. */
export async function getInstance(db: Database): Promise<string> {
  const { instance } = await db.installation.findUniqueOrThrow({ where: { id: 1 } });
  return instance;
}

/** Makes of the copy of an installation another one. */
export async function setInstance(db: Database, instance: string): Promise<void> {
  await db.installation.update({ where: { id: 1 }, data: { instance } });
}

/** Claims the one bootstrap token this installation may ever have. Returns false if it was claimed before. */
export async function claimBootstrapToken(tx: Database): Promise<boolean> {
  const { count } = await tx.installation.updateMany({
    where: { bootstrapTokenCreated: false },
    data: { bootstrapTokenCreated: true },
  });
  return count > 0;
}

/** The switches of the whole system. */
export interface Preferences {
  readonly bootstrapTokenCreated: boolean;
  /** While this is set no run starts. */
  readonly ignoreRunEvents: boolean;
}

export async function getPreferences(db: Database): Promise<Preferences> {
  return db.installation.findUniqueOrThrow({ where: { id: 1 } });
}

export async function setIgnoreRunEvents(db: Database, ignoreRunEvents: boolean): Promise<void> {
  await db.installation.update({ where: { id: 1 }, data: { ignoreRunEvents } });
}
