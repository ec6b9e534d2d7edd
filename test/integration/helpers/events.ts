import pg from 'pg';
import { inject } from 'vitest';

/** The ids of the stored events of just this kind. */
export async function eventsOf(kind: Readonly<Record<string, unknown>>): Promise<string[]> {
  const database = new pg.Client({ connectionString: inject('cluster').databaseUrl });
  await database.connect();
  try {
    const found = await database.query<{ id: string }>('select id from events where kind = $1 order by seq', [
      JSON.stringify(kind),
    ]);
    return found.rows.map(({ id }) => id);
  } finally {
    await database.end();
  }
}
