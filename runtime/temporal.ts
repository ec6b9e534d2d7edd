import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { required, type ServerConfig } from './config.ts';

/** A connection that clients and workers of one process share. */
export interface Temporal {
  readonly connection: NativeConnection;
  readonly client: Client;
  close(): Promise<void>;
}

export async function connectTemporal(config: ServerConfig): Promise<Temporal> {
  const connection = await NativeConnection.connect({ address: required(config.temporal.address, 'temporal.address') });
  const client = new Client({ connection, namespace: config.temporal.namespace });
  return { connection, client, close: () => connection.close() };
}

/** Sends what Temporal's native part has to say into our log. Has to come before the first connection. */
export function installTemporalRuntime(logger: Logger): void {
  const child = logger.child({ component: 'temporal' });
  const log = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: object) =>
    child[level](meta ?? {}, message);
  Runtime.install({
    logger: {
      log: (level, message, meta) => log(LEVELS[level])(message, meta),
      trace: log('trace'),
      debug: log('debug'),
      info: log('debug'),
      warn: log('warn'),
      error: log('error'),
    },
    shutdownSignals: [],
  });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
