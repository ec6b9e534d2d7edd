import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { Database } from '../store/client.ts';
import type { Temporal } from './temporal.ts';

/** How long a service may take to say that it is there, in milliseconds. */
const PATIENCE_MS = 2_000;

/** @throws GoferError `unavailable` naming what does not answer */
export async function checkServices(db: Database, temporal: Temporal): Promise<void> {
  await expectAnswer('PostgreSQL', db.$queryRaw`select 1`);
  await expectAnswer('Temporal', temporal.client.workflowService.getSystemInfo({}));
}

/** The reason goes to the log only: anybody may ask whether the server is ready. */
async function expectAnswer(what: string, answer: Promise<unknown>): Promise<void> {
  const silence = sleep(PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer in ${PATIENCE_MS / 1000} s`);
  });
  try {
    await Promise.race([answer, silence]);
  } catch (cause) {
    throw Object.assign(new GoferError(ErrorKind.Unavailable, `${what} does not answer`), { cause });
  } finally {
    silence.catch(() => undefined);
  }
}
