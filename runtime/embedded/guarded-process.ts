import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';

/**
 * Runs "$@" until it ends or standard input closes, which the kernel does when our process dies in whatever way; so no
 * child outlives us, not even after SIGKILL. INT is a fast and clean shutdown for PostgreSQL and for Temporal.
 */
const GUARD = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
(cat <&3 >/dev/null; kill -INT $child 2>/dev/null) &
watcher=$!
wait $child
status=$?
kill $watcher 2>/dev/null
exit $status`;

/** How long a child may take to shut down before it is killed, in milliseconds. */
const STOP_DEADLINE_MS = 20_000;

export interface GuardedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets everything the process prints. */
  readonly logFile: string;
  /** Runs it as another user; only root may ask for this. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A child process that cannot outlive this one. */
export interface GuardedProcess {
  /** Resolves with a description when it ends, wanted or not. */
  readonly ended: Promise<string>;
  /** Shuts it down cleanly and resolves when it is gone. */
  stop(): Promise<void>;
  /** Kills it as a crash would, and resolves when it is gone. */
  kill(): Promise<void>;
}

export function startGuarded(options: GuardedProcessOptions): GuardedProcess {
  const log = openSync(options.logFile, 'a');
  // Its own process group: Ctrl-C on a terminal reaches only us, and we shut down in order.
  const guard = spawn('/bin/sh', ['-c', GUARD, 'gofer-guard', options.command, ...options.args], {
    stdio: ['pipe', log, log],
    detached: true,
    ...options.user,
  });
  closeSync(log);
  const ended = describeEnd(guard, options);
  return {
    ended,
    async stop() {
      guard.stdin?.end();
      const timer = setTimeout(() => killGroup(guard), STOP_DEADLINE_MS);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      killGroup(guard);
      await ended;
    },
  };
}

async function describeEnd(guard: ChildProcess, options: GuardedProcessOptions): Promise<string> {
  try {
    const [code, signal] = (await once(guard, 'exit')) as [number | null, NodeJS.Signals | null];
    guard.stdin?.destroy();
    return `${options.command} ended with ${signal ?? `status ${code}`}; see ${options.logFile}`;
  } catch (error) {
    return `${options.command} could not be started: ${String(error)}`;
  }
}

function killGroup(guard: ChildProcess): void {
  if (guard.pid === undefined || guard.exitCode !== null) return;
  process.kill(-guard.pid, 'SIGKILL');
}
