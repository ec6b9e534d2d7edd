import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 50;

/**
 * Asks `ready` until it says true.
 *
 * @param failed resolves with a description if waiting has become pointless
 * @throws Error that names `what` when `deadlineMs` has passed or `failed` has resolved
 */
export async function waitUntil(
  what: string,
  deadlineMs: number,
  failed: Promise<string>,
  ready: () => Promise<boolean>,
): Promise<void> {
  let failure: string | undefined;
  void failed.then((description) => {
    failure = description;
  });
  const deadline = Date.now() + deadlineMs;
  while (!(await ready())) {
    if (failure !== undefined) throw new Error(`waiting until ${what}: ${failure}`);
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s, but not: ${what}`);
    await sleep(INTERVAL_MS);
  }
}
