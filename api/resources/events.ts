import { ErrorKind, GoferError } from '../../core/errors.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { EventFeed } from '../../services/event-feed.ts';
import { deleteEvent, getEvent } from '../../store/events.ts';
import type { Handlers, StreamHandlers } from '../handlers.ts';

export function eventHandlers({ db }: { readonly db: PrismaClient }) {
  return {
    get_event: async ({ path }) => ({ status: 200, body: { event: await getEvent(db, path.event_id) } }),

    delete_event: async ({ path }) => {
      await deleteEvent(db, path.event_id);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}

export function eventStreams({ feed }: { readonly feed: EventFeed }) {
  return {
    stream_events: async ({ query }, _context, socket) => {
      const history = query.history ?? false;
      const reverse = query.reverse ?? false;
      if (reverse && !history) {
        throw new GoferError(ErrorKind.Invalid, 'only history can be read in reverse: add history=true');
      }
      // A client that connects again repeats the query it began with, so what it has had since then counts for more.
      const behind = socket.lastId ?? query.after;
      const start = behind === undefined ? (history ? 'oldest' : 'now') : { behind };
      const events = reverse ? feed.backwards(socket.signal, behind) : feed.follow(start, socket.signal);
      for await (const event of events) await socket.send(JSON.stringify(event), event.id);
    },
  } satisfies Pick<StreamHandlers, 'stream_events'>;
}
