import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Runtime, type LogMetadata } from '@temporalio/worker';
import type { Logger } from 'pino';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { required, type ServerConfig } from './config.ts';

/** A connection that clients and workers of one process share. */
export interface Temporal {
  readonly connection: NativeConnection;
  readonly client: Client;
  close(): Promise<void>;
}

export async function connectTemporal(config: ServerConfig): Promise<Temporal> {
  const connection = await NativeConnection.connect({ address: required(config.temporal.address, 'temporal.address') });
  const { namespace } = config.temporal;
  await registerSearchAttributes(connection, namespace);
  const client = new Client({ connection, namespace });
  return { connection, client, close: () => connection.close() };
}

/** A process has one native part for good. */
let installed = false;

/** Sends what Temporal's native part has to say into the first log given. Has to come before the first connection. */
export function installTemporalRuntime(logger: Logger): void {
  if (installed) return;
  installed = true;
  const child = logger.child({ component: 'temporal' });
  const log =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta: LogMetadata = {}) =>
      child[isMeant(message, meta) ? 'debug' : level](meta, message);
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

/** What it warns of although it is meant: a worker without workflows, and activities that are left to another worker. */
function isMeant(message: string, { error }: LogMetadata): boolean {
  return (
    message.startsWith('No workflows registered') || (error instanceof ApplicationFailure && error.type === 'Detached')
  );
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** The numbers of these types in Temporal's API (`IndexedValueType`). */
const INDEXED_VALUE_TYPES = { KEYWORD: 2, INT: 3 } as const;

/** Makes the search attributes of runs known to the Temporal namespace, without which no run could start. Repeatable. */
async function registerSearchAttributes({ operatorService }: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.filter(({ name }) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const added = Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes: added });
}
