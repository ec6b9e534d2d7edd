import type { Database } from '../../store/client.ts';
import { listAudit } from '../../store/audit.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

export function auditHandlers({ db }: { readonly db: Database }) {
  return {
    list_audit_events: async ({ query }) => {
      const { cursor } = query;
      const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
      const [before] = cursor === undefined ? [] : readCursor('audit', cursor, [0] as [number]);
      const { page, next } = cutPage(await listAudit(db, limit + 1, before), limit, ({ id }) =>
        writeCursor('audit', id),
      );
      return { status: 200, body: { audit_events: page, ...next } };
    },
  } satisfies Partial<Handlers>;
}
