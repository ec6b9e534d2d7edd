import type Docker from 'dockerode';
import type { ContainerExit, Interruption } from '../contract.ts';
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

/**
 * Finds out who ended a container that this process did not end. `signals` are those that were seen being sent through
 * the engine, if anybody was watching. For an exit code that stands for no signal it asks nobody.
 *
 * @throws SchedulerError EngineUnreachable if that cannot be said now
 */
export async function findInterruption(
  client: EngineClient,
  id: string,
  exit: Exited,
  signals: ReadonlySet<number>,
): Promise<Interruption | undefined> {
  const signal = signalOf(exit.code);
  if (signal === undefined && !ENGINE_CODES.has(exit.code)) return undefined;
  if (ENGINE_CODES.has(exit.code) && (await wentDownWithEngine(client, id, exit))) return 'engine_stopped';
  if (signal === undefined) return undefined;
  const sent = signals.has(signal) || (await recall(client, exit)).some(isSignal(id, signal));
  return sent ? 'killed_from_outside' : undefined;
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
    return events.length < REMEMBERED_EVENTS && !events.some(isStart(id));
  } catch (error) {
    if (isRefusedConnection(error)) return true;
    throw error;
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

function isStart(id: string): (event: Record<string, unknown>) => boolean {
  return (event) => event['Action'] === 'start' && containerIn(event) === id;
}

function isSignal(id: string, signal: number): (event: Record<string, unknown>) => boolean {
  return (event) => event['Action'] === 'kill' && containerIn(event) === id && signalIn(event) === signal;
}

/** The id of the container that an event is about. */
export function containerIn({ Actor: actor }: Record<string, unknown>): string {
  return isRecord(actor) ? String(actor['ID']) : '';
}

/** The signal that a `kill` event tells of. */
export function signalIn({ Actor: actor }: Record<string, unknown>): number {
  const attributes = isRecord(actor) ? actor['Attributes'] : undefined;
  return isRecord(attributes) ? Number(attributes['signal']) : NaN;
}
