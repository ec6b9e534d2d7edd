import type Docker from 'dockerode';
import type { ContainerExit } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { isRefusedConnection, statusOf, unexpected } from './errors.ts';
import { isRecord, readObjects } from './ndjson.ts';
import { signalOf } from './signals.ts';

type Exited = Extract<ContainerExit, { kind: 'exited' }>;

/**
 * The exit codes of containers that went down with their engine: killed by it, told to end by their machine, or not found
 * alive by the next engine. Engines ask containers to end with the stop signal that we gave them, which is KILL.
 */
const ENGINE_CODES = new Set([137, 143, 255]);

/** How many events an engine remembers. */
const REMEMBERED_EVENTS = 256;

/** How long after a container's end the event may come that tells who sent it the signal, in milliseconds. */
const EVENT_DELAY_MS = 200;

/** What was noticed of a container while it ran. */
export interface Observations {
  /** Signals that were sent to it through the engine. */
  readonly signals: ReadonlySet<number>;
  /** The engine was listened to for less than the whole of the container's life. */
  readonly isPartial: boolean;
}

type Findings = Partial<Pick<Exited, 'interruption' | 'engineMayHaveBeenDown' | 'outOfMemory'>>;

/**
 * Finds out what the engine does not say of a container that this process did not end. Of one that ended by itself, and
 * was observed all the time, it asks nothing.
 *
 * @throws SchedulerError EngineUnreachable if that cannot be said now
 */
export async function investigate(
  client: EngineClient,
  id: string,
  exit: Exited,
  seen: Observations,
): Promise<Findings> {
  const mayBeEngine = ENGINE_CODES.has(exit.code);
  if ((mayBeEngine || seen.isPartial) && (await wentDownWithEngine(client, id, exit))) {
    return mayBeEngine ? { interruption: 'engine_stopped' } : { engineMayHaveBeenDown: true };
  }
  const signal = signalOf(exit.code);
  if (signal === undefined) return {};
  if (seen.signals.has(signal)) return { interruption: 'killed_from_outside' };
  const events = await recall(client, exit);
  return {
    ...(events.some(isSignal(id, signal)) && { interruption: 'killed_from_outside' }),
    ...(events.some(isAbout(id, 'oom')) && { outOfMemory: true }),
  };
}

/**
 * An engine that is being shut down stops listening, but goes on to answer on the connections it has, and tells of the
 * signals it sends like of anybody else's. So a new connection is what tells.
 */
async function wentDownWithEngine(client: EngineClient, id: string, exit: Exited): Promise<boolean> {
  try {
    const born = await engineStart(client);
    if (born !== undefined) return exit.startedAt < born && exit.endedAt <= born;
    const events = await recall(client, exit);
    return events.length < REMEMBERED_EVENTS && !events.some(isAbout(id, 'start'));
  } catch (error) {
    if (isRefusedConnection(error)) return true;
    throw error;
  }
}

/** See `Scheduler.mayHaveForgotten`. */
export async function mayHaveForgotten(client: EngineClient, id: string, since: number): Promise<boolean> {
  const born = await engineStart(client);
  if (born !== undefined) return born > since;
  try {
    const log = await client.request((docker, abortSignal) =>
      docker.getContainer(id).logs({ stdout: true, stderr: true, tail: 1, abortSignal }),
    );
    return log.length > 0;
  } catch (error) {
    throw unexpected(error, `tell what container ${id} has printed`);
  }
}

/** Engines make the network `bridge` anew whenever they start; undefined for one that has none. */
async function engineStart(client: EngineClient): Promise<number | undefined> {
  try {
    const bridge = await client.request(
      (docker): Promise<Docker.NetworkInspectInfo> => docker.getNetwork('bridge').inspect(),
      {
        newConnection: true,
      },
    );
    return Date.parse(bridge.Created);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw unexpected(error, 'tell when it was started');
  }
}

/** The events since a container's start that the engine remembers, which are none from before its own start. */
async function recall(client: EngineClient, exit: Exited): Promise<Record<string, unknown>[]> {
  const options = { since: exit.startedAt / 1000, until: (exit.endedAt + EVENT_DELAY_MS) / 1000 };
  try {
    return await client.request(
      async (docker, abortSignal) => {
        const stream = await docker.getEvents({ ...options, abortSignal });
        const events: Record<string, unknown>[] = [];
        for await (const event of readObjects(stream as AsyncIterable<Uint8Array>)) events.push(event);
        return events;
      },
      { newConnection: true },
    );
  } catch (error) {
    throw unexpected(error, 'tell what happened');
  }
}

type EventTest = (event: Record<string, unknown>) => boolean;

function isAbout(id: string, action: string): EventTest {
  return (event) => event['Action'] === action && containerIn(event) === id;
}

function isSignal(id: string, signal: number): EventTest {
  const isKill = isAbout(id, 'kill');
  return (event) => isKill(event) && signalIn(event) === signal;
}

/** The id of the container that an event is about. */
export function containerIn({ Actor: actor }: Record<string, unknown>): string {
  return isRecord(actor) ? String(actor['ID']) : '';
}

/** The signal that a `kill` event tells of. */
export function signalIn(event: Record<string, unknown>): number {
  return attributeIn(event, 'signal');
}

/** The exit code that a `die` event tells of. */
export function exitCodeIn(event: Record<string, unknown>): number {
  return attributeIn(event, 'exitCode');
}

/** When an event happened, in milliseconds since the epoch. */
export function timeIn({ timeNano: nanoseconds }: Record<string, unknown>): number {
  return Math.floor(Number(nanoseconds) / 1e6);
}

function attributeIn({ Actor: actor }: Record<string, unknown>, name: string): number {
  const attributes = isRecord(actor) ? actor['Attributes'] : undefined;
  return isRecord(attributes) ? Number(attributes[name]) : NaN;
}
