import type { Database } from './client.ts';

/**
 * Which images were pulled on which engine, and when each was last used; see `ImageUse` of the scheduler. What people put
 * on an engine is not recorded.
 */
export function createImageUse(db: Database) {
  return {
    async record(engine: string, image: string, event: 'pulled' | 'used'): Promise<void> {
      const lastUsed = new Date();
      if (event === 'used') {
        await db.pulledImage.updateMany({ where: { engine, image }, data: { lastUsed } });
        return;
      }
      const key = { engine, image };
      await db.pulledImage.upsert({ where: { engine_image: key }, create: { ...key, lastUsed }, update: { lastUsed } });
    },

    async listUnused(engine: string, unusedForMs: number): Promise<readonly string[]> {
      const before = new Date(Date.now() - unusedForMs);
      const unused = await db.pulledImage.findMany({
        where: { engine, lastUsed: { lt: before } },
        orderBy: { lastUsed: 'asc' },
      });
      return unused.map(({ image }) => image);
    },

    async forget(engine: string, image: string): Promise<void> {
      await db.pulledImage.deleteMany({ where: { engine, image } });
    },
  };
}
