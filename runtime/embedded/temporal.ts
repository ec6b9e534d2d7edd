import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort } from './ports.ts';
import { startGuarded } from './guarded-process.ts';
import { waitUntil } from './wait.ts';

const START_DEADLINE_MS = 60_000;

export interface EmbeddedTemporal {
  readonly address: string;
  readonly uiUrl: string;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** See `GuardedProcess.kill`. */
  kill(): Promise<void>;
}

/** Ports on loopback; 0 takes a free one. */
export interface TemporalPorts {
  readonly port: number;
  readonly uiPort: number;
}

/**
 * Without these the development server, which has a single history shard, lets a workflow take at most one step in 50 ms:
 * 20 is the default number of times per second and shard that each queue of the history service is read.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
];

/** WAL without a sync per commit: all commits survive any death of the process, and the file survives a power cut. */
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

/** Starts a Temporal development server on loopback whose state is a file in `folder`, so that runs survive restarts. */
export async function startTemporal(binary: string, folder: string, ports: TemporalPorts): Promise<EmbeddedTemporal> {
  await mkdir(folder, { recursive: true });
  const port = ports.port || (await freePort());
  const uiPort = ports.uiPort || (await freePort());
  const address = `127.0.0.1:${port}`;
  const server = startGuarded({
    command: binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'warn'],
      ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
      ...SQLITE_PRAGMAS.flatMap((value) => ['--sqlite-pragma', value]),
    ],
    logFile: join(folder, 'temporal.log'),
  });
  await waitUntil('Temporal answers', START_DEADLINE_MS, server.ended, () => answers(address));
  const uiUrl = `http://127.0.0.1:${uiPort}`;
  return { address, uiUrl, ended: server.ended, stop: () => server.stop(), kill: () => server.kill() };
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1 second' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}
