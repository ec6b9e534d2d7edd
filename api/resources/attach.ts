import {
  type ContainerTerminal,
  type Scheduler,
  SchedulerError,
  SchedulerFailure,
} from '../../backends/scheduler/contract.ts';
import { ErrorKind, GoferError, invalid } from '../../core/errors.ts';
import { taskKey } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { findTaskExecution } from '../../store/task-executions.ts';
import type { TerminalHandlers } from '../handlers.ts';
import type { TerminalSocket } from '../streams/text-socket.ts';
import { taskOf } from './refs.ts';

export function attachTerminals({ db, scheduler }: { readonly db: PrismaClient; readonly scheduler: Scheduler }) {
  return {
    attach_task_execution: async ({ path, query }) => {
      const ref = taskOf(path);
      const { state, containerId, keptUntil } = await findTaskExecution(db, ref);
      return async (socket) => {
        const isKept = keptUntil !== null && keptUntil.getTime() > Date.now();
        if ((state !== 'running' && !isKept) || containerId === null) {
          throw new GoferError(ErrorKind.Conflict, `task execution '${taskKey(ref)}' is ${state}, not running`);
        }
        // The contract splits at every single space; there is no quoting.
        const command = query.command.split(' ');
        const terminal = isKept
          ? await scheduler.openTerminalInCopy(containerId, command, socket.signal).catch(asConflict)
          : await scheduler.openTerminal(containerId, command, socket.signal);
        await converse(socket, terminal, query.format === 'raw');
      };
    },
  } satisfies TerminalHandlers;
}

/** What the engine says of a command that is not there is for whoever typed it. */
function asConflict(error: unknown): never {
  if (error instanceof SchedulerError && error.failure === SchedulerFailure.ContainerRefused) {
    throw new GoferError(ErrorKind.Conflict, error.message);
  }
  throw error;
}

/** Until the command has ended, or the client has said something that cannot be understood. */
async function converse(socket: TerminalSocket, terminal: ContainerTerminal, raw: boolean): Promise<void> {
  const showing = show(socket, terminal);
  showing.catch(() => undefined);
  const typing = raw ? typeBytes(socket, terminal) : typeLines(socket, terminal);
  await Promise.race([showing, typing.then(() => showing)]);
  if (!raw) return;
  const exitCode = await terminal.exitCode();
  if (exitCode !== undefined) await socket.send(JSON.stringify({ exit_code: exitCode }));
}

async function show(socket: TerminalSocket, terminal: ContainerTerminal): Promise<void> {
  for await (const bytes of terminal.output) await socket.send(bytes);
}

async function typeLines({ frames }: TerminalSocket, terminal: ContainerTerminal): Promise<void> {
  for await (const frame of frames) if (typeof frame === 'string') terminal.type(`${frame}\r`);
}

async function typeBytes({ frames }: TerminalSocket, terminal: ContainerTerminal): Promise<void> {
  for await (const frame of frames) {
    if (typeof frame === 'string') await terminal.resize(readSize(frame));
    else terminal.type(frame);
  }
}

const MAX_SIZE = 10_000;

/** @throws GoferError `invalid` if it is no size */
function readSize(text: string): { readonly columns: number; readonly rows: number } {
  try {
    const { columns, rows } = JSON.parse(text) as { columns?: unknown; rows?: unknown };
    if (isSize(columns) && isSize(rows)) return { columns, rows };
  } catch {
    // The same as any other text that is no size.
  }
  throw invalid('a text has to be the size of the terminal', [
    { path: 'frame', value: text, message: `must be like {"columns": 80, "rows": 24}, up to ${MAX_SIZE}` },
  ]);
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_SIZE;
}
