import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { refusalOf, unreachable } from './errors.ts';

/** How long a request may take that asks the engine to do one thing, in milliseconds. */
const REQUEST_TIMEOUT_MS = 60_000;
const BACKOFF_START_MS = 25;
const BACKOFF_LIMIT_MS = 5_000;

interface RequestOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Not on one that was used before. */
  readonly newConnection?: boolean;
}

/** A connection to one engine whose every request has an end. */
export class EngineClient {
  readonly docker: Docker;
  readonly address: string;
  readonly #unpooled: Docker;

  /** Without options it looks where the docker client looks: DOCKER_HOST, else the local socket. */
  constructor(options: Docker.DockerOptions = {}) {
    this.docker = new Docker(options);
    this.#unpooled = withoutPool(new Docker(options));
    this.address = options.socketPath ?? options.host ?? process.env['DOCKER_HOST'] ?? '/var/run/docker.sock';
  }

  /**
   * Makes one request. Throws EngineUnreachable if the connection fails or takes longer than `timeoutMs`, the engine's
   * refusal as it is (see `refusalOf`), and the reason of `signal` if that aborts.
   *
   * The deadline is raced rather than left to the request, because docker-modem never settles a call whose connection
   * breaks in the middle of the response.
   */
  async request<T>(
    send: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
    { timeoutMs = REQUEST_TIMEOUT_MS, signal, newConnection = false }: RequestOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    const forward = () => abort.abort(signal?.reason);
    signal?.addEventListener('abort', forward);
    try {
      return await Promise.race([
        send(newConnection ? this.#unpooled : this.docker, abort.signal),
        rejection(abort.signal),
      ]);
    } catch (error) {
      signal?.throwIfAborted();
      if (refusalOf(error)) throw error;
      throw unreachable(abort.signal.aborted ? abort.signal.reason : error, this.address);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', forward);
    }
  }

  /** Opens a response that is read while it grows. Only its beginning has a deadline; `signal` ends it at any time. */
  async open(
    send: (docker: Docker, abortSignal: AbortSignal) => Promise<NodeJS.ReadableStream>,
    signal: AbortSignal,
  ): Promise<NodeJS.ReadableStream> {
    // The request's signal lives on in the response, and the deadline's is let go once there is one.
    return this.request((docker, deadline) => send(docker, AbortSignal.any([deadline, signal])), { signal });
  }
}

/** Has it make a new connection for every request. Over SSH it does so by itself. */
function withoutPool(docker: Docker): Docker {
  const modem = docker.modem as { protocol?: string; agent?: Agent };
  if (modem.protocol === 'http') modem.agent = new Agent();
  if (modem.protocol === 'https') modem.agent = new TlsAgent();
  return docker;
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** Waits between tries, twice as long each time, up to a limit. `reset` after a success. */
export class Backoff {
  #next = BACKOFF_START_MS;

  /** Throws the signal's reason when it aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    const ms = this.#next * (0.5 + Math.random() / 2);
    this.#next = Math.min(this.#next * 2, BACKOFF_LIMIT_MS);
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  reset(): void {
    this.#next = BACKOFF_START_MS;
  }
}
