import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ensureError } from '../core/errors.ts';

/** How long to wait before connecting again, in milliseconds. */
const RECONNECT_DELAY_MS = 500;

export interface ListenerOptions {
  readonly url: string;
  readonly channels: readonly string[];
  readonly onNotification: (channel: string, payload: string) => void;
  /** Called whenever listening begins, also again after a lost connection: what came meanwhile has to be read up. */
  readonly onListening: () => void;
  readonly onError: (error: Error) => void;
}

export interface Listener {
  close(): Promise<void>;
}

/**
 * Hears PostgreSQL notifications on a connection of its own and reconnects for as long as it is open. Resolves when it
 * listens for the first time.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  let closed = false;
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({ connectionString: options.url, keepAlive: true });
    next.on('notification', ({ channel, payload }) => options.onNotification(channel, payload ?? ''));
    next.on('error', options.onError);
    try {
      await next.connect();
      for (const channel of options.channels) await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await next.end().catch(() => undefined);
      throw error;
    }
    next.once('end', () => void reconnect());
    options.onListening();
    return next;
  }

  async function reconnect(): Promise<void> {
    while (!closed) {
      await sleep(RECONNECT_DELAY_MS);
      try {
        if (!closed) client = await connect();
        return;
      } catch (error) {
        options.onError(ensureError(error));
      }
    }
  }

  return {
    async close() {
      closed = true;
      await client.end();
    },
  };
}
