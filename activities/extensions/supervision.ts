import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SchedulerError, SchedulerFailure, type ContainerExit } from '../../backends/scheduler/contract.ts';
import { ensureError, GoferError } from '../../core/errors.ts';
import { EXTENSION_PORT } from '../../core/extension-environment.ts';
import type { ExtensionEnd } from '../../core/extensions.ts';
import type { ExtensionClient } from '../../services/extension-client.ts';
import { revokeExtensionToken } from '../../services/extension-tokens.ts';
import { handOver, type SubscriptionDependencies } from '../../services/subscriptions.ts';
import { markExtensionExited, markExtensionProcessing, markExtensionRunning } from '../../store/extension-life.ts';
import { findExtensionRecord, type ExtensionRecord } from '../../store/extensions.ts';
import { adopt, removeContainers, start, type ContainerDependencies, type StartedContainer } from './container.ts';
import type { Presence } from './presence.ts';

/** How often to look whether the record still wants this container, in milliseconds. */
const RECORD_INTERVAL_MS = 1_000;
const FIRST_HEALTH_INTERVAL_MS = 250;
/** How long a new container may take until it is well. */
const FIRST_HEALTH_DEADLINE_MS = 60_000;
const HEALTH_INTERVAL_MS = 10_000;
/** So many failures in a row make it ill. */
const HEALTH_TRIES = 3;
/** An ill one is not asked to end in an orderly way for long, in seconds. */
const ILL_GRACE_SECONDS = 10;

export interface SuperviseExtensionDependencies extends ContainerDependencies, SubscriptionDependencies {
  readonly logger: Logger;
  /** Seconds between TERM and KILL when an extension is to stop. */
  readonly extensionStopSeconds: number;
}

/** Why supervision came to an end, if not because the container did. */
type Farewell = 'stop' | 'ill';

/** One try at keeping one container of an extension. */
export class ExtensionSupervision {
  readonly #deps: SuperviseExtensionDependencies;
  readonly #id: string;
  readonly #revision: string;
  readonly #presence: Presence;
  /** Aborts when the container is to be stopped: the record does not want it any more. */
  readonly #stop = new AbortController();
  /** Aborts when this has come to an end, whatever it is. */
  readonly #over = new AbortController();
  #wellSince: number | undefined;
  #illness = '';

  constructor(deps: SuperviseExtensionDependencies, id: string, revision: string, presence: Presence) {
    this.#deps = deps;
    this.#id = id;
    this.#revision = revision;
    this.#presence = presence;
    presence.stop.addEventListener('abort', () => this.#stop.abort());
  }

  /** @throws the reason of `detach`, or SchedulerError if the engine does not answer */
  async seeThrough(): Promise<ExtensionEnd> {
    try {
      const record = await this.#wanted();
      if (!record) return this.#end('it is not wanted any more', true);
      void this.#watchRecord();
      const container = (await adopt(this.#deps, record)) ?? (await start(this.#deps, record, this.#signal));
      return await this.#stay(record, container);
    } catch (error) {
      this.#presence.detach.throwIfAborted();
      if (this.#stop.signal.aborted) return await this.#stopped();
      return await this.#failed(error);
    } finally {
      this.#over.abort();
    }
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, this.#presence.detach]);
  }

  async #stay(record: ExtensionRecord, container: StartedContainer): Promise<ExtensionEnd> {
    const { scheduler, containerClients } = this.#deps;
    const exit = scheduler.waitForExit(container.id, AbortSignal.any([this.#over.signal, this.#presence.detach]));
    exit.catch(() => undefined);
    const address = await scheduler.addressOf(container.id, EXTENSION_PORT);
    // Without an address it has ended already.
    if (address === undefined) return this.#ended(container, await exit);
    const url = `${this.#deps.surroundings.tls ? 'https' : 'http'}://${address}`;
    const client = containerClients.at(url, container.secret);
    const farewell = this.#accompany(container, client, url);
    farewell.catch(() => undefined);
    const end = await Promise.race([exit, farewell]);
    if (typeof end === 'object') return this.#ended(container, end);
    return end === 'stop' ? this.#takeDown(record, container, client) : this.#giveUp(container);
  }

  /** Stays with a container until it is to be stopped or is ill. */
  async #accompany(container: StartedContainer, client: ExtensionClient, url: string): Promise<Farewell> {
    const over = AbortSignal.any([this.#over.signal, this.#signal]);
    try {
      if (!(await this.#untilWell(client, over))) return 'ill';
      const started = new Date();
      this.#wellSince = started.getTime();
      const documentation = await client.info();
      await markExtensionRunning(this.#deps.db, this.#id, container.startId, { url, documentation, started });
      // Some may have come while it did not run. If this fails, `dispatchEvents` makes it good.
      await this.#deps.extensionWorkflows.eventsArrived(this.#id).catch(() => undefined);
      for (let failures = 0; failures < HEALTH_TRIES;) {
        await this.#handOver(container);
        await pause(HEALTH_INTERVAL_MS, over);
        failures = (await this.#isWell(client)) ? 0 : failures + 1;
      }
      return 'ill';
    } catch (error) {
      if (this.#stop.signal.aborted) return 'stop';
      this.#presence.detach.throwIfAborted();
      this.#illness = ensureError(error).message;
      return 'ill';
    }
  }

  async #untilWell(client: ExtensionClient, over: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + FIRST_HEALTH_DEADLINE_MS;
    await markExtensionProcessing(this.#deps.db, this.#id, 'waiting until it is well');
    while (Date.now() < deadline) {
      if (await this.#isWell(client)) return true;
      await pause(FIRST_HEALTH_INTERVAL_MS, over);
    }
    return false;
  }

  async #isWell(client: ExtensionClient): Promise<boolean> {
    try {
      await client.health();
      return true;
    } catch (error) {
      this.#illness = `GET /api/health: ${ensureError(error).message}`;
      return false;
    }
  }

  async #handOver({ startId }: StartedContainer): Promise<void> {
    const record = await findExtensionRecord(this.#deps.db, this.#id);
    if (record?.startId !== startId) return;
    await handOver(this.#deps, record).catch((error: unknown) => {
      if (!(error instanceof GoferError)) throw error;
      this.#deps.logger.warn({ err: error, extension: this.#id }, 'subscriptions not handed over yet');
    });
  }

  /** The record, if it still wants a container of this revision. */
  async #wanted(): Promise<ExtensionRecord | undefined> {
    const record = await findExtensionRecord(this.#deps.db, this.#id);
    return record?.status === 'enabled' && record.revision === this.#revision ? record : undefined;
  }

  async #watchRecord(): Promise<void> {
    try {
      for (;;) {
        await pause(RECORD_INTERVAL_MS, this.#over.signal);
        const wanted = await this.#wanted().catch(() => 'unknown');
        if (wanted === undefined) return this.#stop.abort();
      }
    } catch {
      // It is over.
    }
  }

  async #takeDown(
    record: ExtensionRecord,
    container: StartedContainer,
    client: ExtensionClient,
  ): Promise<ExtensionEnd> {
    const { db, scheduler, extensionStopSeconds, logger } = this.#deps;
    // Who uninstalls it has told it already, while its token was still good.
    if (await findExtensionRecord(db, this.#id)) {
      await client.shutdown().catch((error: unknown) => {
        logger.warn({ err: ensureError(error), extension: this.#id }, 'extension not asked to shut down');
      });
    }
    await scheduler.stopContainer(container.id, extensionStopSeconds);
    await revokeExtensionToken(db, { ...record, ...(await findExtensionRecord(db, this.#id)) });
    return this.#stopped();
  }

  async #stopped(): Promise<ExtensionEnd> {
    await removeContainers(this.#deps, this.#id);
    return this.#end('it was stopped', true);
  }

  async #giveUp(container: StartedContainer): Promise<ExtensionEnd> {
    await this.#deps.scheduler.stopContainer(container.id, ILL_GRACE_SECONDS);
    return this.#exited(`its container was not well: ${this.#illness}`, container);
  }

  async #ended(container: StartedContainer, exit: ContainerExit): Promise<ExtensionEnd> {
    return this.#exited(describeExit(exit), container);
  }

  async #failed(error: unknown): Promise<ExtensionEnd> {
    if (!(error instanceof SchedulerError)) throw error;
    if (error.failure === SchedulerFailure.EngineUnreachable) {
      await markExtensionProcessing(this.#deps.db, this.#id, error.message);
      throw error;
    }
    return this.#exited(error.message);
  }

  /** The container stays, so that its log can be read, until the next one is started. */
  async #exited(message: string, container?: StartedContainer): Promise<ExtensionEnd> {
    await markExtensionExited(this.#deps.db, this.#id, { message, ...(container && { startId: container.startId }) });
    return this.#end(message);
  }

  #end(reason: string, stopped = false): ExtensionEnd {
    return { reason, wellMs: this.#wellSince === undefined ? 0 : Date.now() - this.#wellSince, stopped };
  }
}

function describeExit(exit: ContainerExit): string {
  if (exit.kind === 'gone') return 'its container was removed from outside';
  const details = [exit.outOfMemory && 'out of memory', exit.error].filter(Boolean);
  return [`its container ended with exit code ${exit.code}`, ...details].join(': ');
}

/** @throws the reason of the signal */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
