import { SchedulerError, SchedulerFailure, type ContainerExit } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { unexpected } from './errors.ts';
import { readLast } from './log-stream.ts';

/** Exit codes of an init process that could not run the program: it is not executable, or not there. */
const NOT_RUN = [126, 127];

/** How tini, which engines use as init, reports that; its own process number stands in parentheses. */
const COMPLAINT = /^\[FATAL tini \(\d+\)\] (exec .* failed: .*)$/m;

/**
 * With an init process the engine starts every container, also one whose program does not exist. This tells that case
 * from a program that ran and chose the same exit code.
 *
 * @throws SchedulerError ContainerRefused with the reason if the program was never run
 */
export async function throwIfNeverStarted(client: EngineClient, id: string, exit: ContainerExit): Promise<void> {
  if (exit.kind !== 'exited' || !NOT_RUN.includes(exit.code)) return;
  const complaint = COMPLAINT.exec(await lastErrorLine(client, id))?.[1];
  if (complaint === undefined) return;
  throw new SchedulerError(SchedulerFailure.ContainerRefused, `the container could not be started: ${complaint}`);
}

async function lastErrorLine(client: EngineClient, id: string): Promise<string> {
  try {
    const last = await readLast(client, id, { stderr: true });
    return last ? Buffer.from(last.data).toString() : '';
  } catch (error) {
    throw unexpected(error, `deliver the log of container ${id}`);
  }
}
