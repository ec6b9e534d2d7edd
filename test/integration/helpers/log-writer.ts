/**
 * A process that writes the log of an attempt as a worker does, to be stopped and killed from outside. It takes over where an
 * earlier one was stopped. Its exit code is 0 when the log is complete, and 3 if another writer was in its way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileObjectStore } from '../../../backends/objects/files.ts';
import { LogFencedError } from '../../../backends/logs/contract.ts';
import type { AttemptRef } from '../../../core/ids.ts';
import { createLogStore } from '../../../services/logs/index.ts';
import { LogWakes } from '../../../services/logs/wakes.ts';
import { openStore } from '../../../store/client.ts';
import { numberedEntry, type NumberedLog } from './numbered-log.ts';

const [url = '', folder = '', attempt = '', log = ''] = process.argv.slice(2);
const ref = JSON.parse(attempt) as AttemptRef;
const { lines, batches, pauseMs } = JSON.parse(log) as NumberedLog;

const store = openStore(url, () => undefined);
const logs = createLogStore({ db: store.db, objects: createFileObjectStore(folder), wakes: new LogWakes() });
try {
  const writer = await logs.openWriter(ref);
  // The number of a line is in its time.
  let next = Number(/\.(\d+)Z/.exec(writer.position?.stdout?.timestamp ?? '.0Z')?.[1]) + 1;
  for (let batch = 0; next <= lines; batch++) {
    const size = Math.min(batches[batch % batches.length] ?? 1, lines - next + 1);
    if (pauseMs !== undefined) await sleep(pauseMs);
    const now = pauseMs === undefined ? undefined : { timestamp: new Date().toISOString().replace('Z', '000000Z') };
    await writer.append(Array.from({ length: size }, (_, index) => ({ ...numberedEntry(next + index), ...now })));
    next += size;
  }
  await writer.finish();
} catch (error) {
  if (!(error instanceof LogFencedError)) throw error;
  process.exitCode = 3;
} finally {
  await store.close();
}
