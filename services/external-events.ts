import type { ChoreReport } from '../core/chores.ts';
import { ensureError, ErrorKind, GoferError, notFound } from '../core/errors.ts';
import {
  closeExternalEvent,
  deleteExternalEventsBefore,
  findDueEvent,
  insertExternalEvent,
  listExtensionsWithEvents,
  nextDue,
  postponeExternalEvent,
  type ExternalRequest,
  type StoredRequest,
} from '../store/external-events.ts';
import { findExtensionRecord, type ExtensionRecord } from '../store/extensions.ts';
import { findBuiltin } from './builtin/index.ts';
import { routeEvent, subscribedPipelines, type BuiltinDependencies } from './builtin/subscriptions.ts';
import { ExtensionCallError } from './extension-client.ts';
import { openSettings } from './extension-settings.ts';
import type { ExtensionDependencies } from './extensions.ts';

/** By these, senders number their deliveries: the same number again is the same delivery. */
const DELIVERY_HEADERS = [
  'x-github-delivery',
  'x-gitea-delivery',
  'x-forgejo-delivery',
  'x-gitlab-event-uuid',
  'webhook-id',
  'idempotency-key',
];

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 600_000;
/** Altogether this takes a little more than two hours. */
const MAX_TRIES = 20;
/** One call hands on events for so long at most, in milliseconds. */
const PASS_FOR_MS = 30_000;
/** Events that wait for longer than this were not told of, in milliseconds. */
const OVERDUE_MS = 10_000;
/** For so long an event that is done with is remembered, in milliseconds: senders repeat within days. */
const RETENTION_MS = 7 * 24 * 3_600_000;
const BATCH = 1_000;

export type ExternalEventDependencies = BuiltinDependencies & ExtensionDependencies;

/**
 * Takes a request from outside for an extension. Once this resolves, it is stored, and will be handed on; or it was
 * before, because the sender repeats itself.
 *
 * @throws GoferError `not_found`, `unavailable` if it is switched off, and what a built-in extension has against it
 */
export async function acceptExternalEvent(
  deps: ExternalEventDependencies,
  extension: string,
  request: ExternalRequest,
): Promise<void> {
  const record = await findExtensionRecord(deps.db, extension);
  if (!record) throw notFound('extension', extension);
  if (record.status !== 'enabled') {
    throw new GoferError(ErrorKind.Unavailable, `extension '${extension}' is ${record.status}`);
  }
  const builtin = findBuiltin(record.image);
  if (builtin && !builtin.events) return;
  if (builtin?.events) {
    const subscriptions = (await subscribedPipelines(deps, extension)).map(([pipeline]) => pipeline);
    builtin.events.verify(request, openSettings(deps.sealer, record), subscriptions);
  }
  const delivery = DELIVERY_HEADERS.map((name) => request.headers[name]).find((value) => value !== undefined);
  if (await insertExternalEvent(deps.db, extension, request, delivery)) await tell(deps, extension);
}

/** See `ExtensionActivities.passEvents`. */
export async function passEvents(deps: ExternalEventDependencies, extension: string): Promise<number | undefined> {
  const deadline = Date.now() + PASS_FOR_MS;
  while (Date.now() < deadline) {
    const event = await findDueEvent(deps.db, extension, new Date());
    if (!event) return waitFor(await nextDue(deps.db, extension));
    const record = await findExtensionRecord(deps.db, extension);
    // Once it runs, `dispatchEvents` comes upon what waits.
    if (record?.status !== 'enabled' || record.state !== 'running') return undefined;
    await pass(deps, record, event);
  }
  return waitFor(new Date());
}

/** Reminds extensions of events that their process could not tell them of. */
export async function dispatchEvents(deps: ExternalEventDependencies): Promise<void> {
  const overdue = new Date(Date.now() - OVERDUE_MS);
  for (const extension of await listExtensionsWithEvents(deps.db, overdue)) await tell(deps, extension);
}

/** Deletes a batch of the events that were done with long ago. */
export async function pruneExternalEvents({ db }: Pick<ExternalEventDependencies, 'db'>): Promise<ChoreReport> {
  const done = await deleteExternalEventsBefore(db, new Date(Date.now() - RETENTION_MS), BATCH);
  return { done, more: done === BATCH };
}

async function pass(deps: ExternalEventDependencies, record: ExtensionRecord, event: StoredRequest): Promise<void> {
  try {
    if (findBuiltin(record.image)) await routeEvent(deps, record, event);
    else await deps.containerClients.of(record)?.externalEvent(event);
    await closeExternalEvent(deps.db, event.id);
  } catch (error) {
    if (!(error instanceof ExtensionCallError)) throw error;
    const { message, refused } = error;
    deps.logger.warn({ err: error, extension: record.id, event: event.id }, 'external event not taken');
    if (refused || event.tries + 1 >= MAX_TRIES) return closeExternalEvent(deps.db, event.id, message);
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** event.tries, LAST_RETRY_MS);
    await postponeExternalEvent(deps.db, event.id, new Date(Date.now() + pauseMs), message);
  }
}

async function tell(deps: ExternalEventDependencies, extension: string): Promise<void> {
  await deps.extensionWorkflows.eventsArrived(extension).catch((error: unknown) => {
    deps.logger.warn(
      { err: ensureError(error), extension },
      'event stored, but the workflow of its extension not told yet',
    );
  });
}

/** At least a millisecond, because a timer of zero is none. */
function waitFor(due: Date | undefined): number | undefined {
  return due && Math.max(1, due.getTime() - Date.now());
}
