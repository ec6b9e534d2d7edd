import type { RunRef, TaskRef } from '../core/ids.ts';
import { API_VERSION_HEADER, fetchOk, openApi } from './api.ts';
import { UnreachableError } from './errors.ts';
import { eventCalls, extensionCalls, roleCalls, systemCalls, tokenCalls } from './administration.ts';
import { objectCalls } from './objects.ts';
import { Patience } from './patience.ts';
import {
  type Api,
  configCalls,
  deploymentCalls,
  namespaceCalls,
  pipelineCalls,
  runCalls,
  secretCalls,
  subscriptionCalls,
  taskCalls,
} from './resources.ts';
import { serverSentEvents } from './server-sent-events.ts';
import { type StreamOptions, textFrames } from './stream.ts';
import { openTerminal, type TerminalSession } from './terminal.ts';
import { waitForRun } from './wait.ts';
import type { Event, LogLine, Run } from './wire.ts';

export { ApiError, StreamClosedError, UnreachableError } from './errors.ts';
export type { RunRef, TaskRef } from '../core/ids.ts';
export type { ObjectDownload, ObjectPlace } from './objects.ts';
export type { PipelineRef, RunPage, RunStartOptions, SubscriptionRef } from './resources.ts';
export type { TerminalSession } from './terminal.ts';
export type { StreamOptions } from './stream.ts';
export type { Event, LogLine, Run, TaskExecution } from './wire.ts';

export interface ClientOptions {
  /** For example `http://127.0.0.1:8080`; slashes at its end do not matter. */
  readonly apiBaseUrl: string;
  /** The bearer token. Without one only the few anonymous requests succeed. */
  readonly token?: string;
  /** How long one request may take, in milliseconds. Streams have no limit. Default 30000. */
  readonly timeoutMs?: number;
}

/** Which lines of a log, and where to begin. */
export interface LogStart {
  /** Only those of this attempt, from 1. */
  readonly attempt?: number;
  /** The `position` of a line, to begin behind it. */
  readonly from?: string;
  /** Only those printed then or later, in milliseconds since the epoch. */
  readonly since?: number;
}

/** Where a stream of events begins. */
export interface EventStart {
  /** The id of an event, to begin behind it; one that was deleted meanwhile will do. */
  readonly after?: string;
}

/**
 * Talks to a Gofer server. Every method throws ApiError if the server refuses and UnreachableError if there is none.
 *
 * @example
 * const gofer = new GoferClient({ apiBaseUrl: 'http://127.0.0.1:8080', token });
 * const { run } = await gofer.runs.start({ namespace: 'default', pipeline: 'hello' });
 */
export class GoferClient {
  /** For what has no method of its own here. */
  readonly api: Api;
  readonly namespaces: ReturnType<typeof namespaceCalls>;
  readonly pipelines: ReturnType<typeof pipelineCalls>;
  readonly configs: ReturnType<typeof configCalls>;
  readonly deployments: ReturnType<typeof deploymentCalls>;
  readonly subscriptions: ReturnType<typeof subscriptionCalls>;
  readonly runs: ReturnType<typeof runCalls>;
  readonly tasks: ReturnType<typeof taskCalls>;
  readonly secrets: ReturnType<typeof secretCalls>;
  readonly objects: ReturnType<typeof objectCalls>;
  readonly roles: ReturnType<typeof roleCalls>;
  readonly tokens: ReturnType<typeof tokenCalls>;
  readonly extensions: ReturnType<typeof extensionCalls>;
  readonly events: ReturnType<typeof eventCalls>;
  readonly system: ReturnType<typeof systemCalls>;
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: ClientOptions) {
    this.#baseUrl = checkedBaseUrl(options.apiBaseUrl);
    this.#headers = { ...API_VERSION_HEADER, ...(options.token && { authorization: `Bearer ${options.token}` }) };
    this.api = openApi({ ...options, baseUrl: this.#baseUrl, headers: this.#headers });
    this.namespaces = namespaceCalls(this.api);
    this.pipelines = pipelineCalls(this.api);
    this.configs = configCalls(this.api);
    this.deployments = deploymentCalls(this.api);
    this.subscriptions = subscriptionCalls(this.api);
    this.runs = runCalls(this.api);
    this.tasks = taskCalls(this.api);
    this.secrets = secretCalls(this.api);
    this.objects = objectCalls((method, path, body) => this.#transfer(method, path, body));
    this.roles = roleCalls(this.api);
    this.tokens = tokenCalls(this.api);
    this.extensions = extensionCalls(this.api);
    this.events = eventCalls(this.api);
    this.system = systemCalls(this.api);
  }

  /**
   * A task's log from its beginning until the task has ended. A piece is a line with its line break, or, while the task
   * is still writing it, a part of one.
   *
   * @throws StreamClosedError with code 1001 or 1008 if there is no log
   */
  followLogs(ref: TaskRef, options: StreamOptions = {}): AsyncGenerator<string, void, undefined> {
    return textFrames(this.#logUrl(ref), this.#headers, options);
  }

  /**
   * The lines of a task's log, each with its attempt, stream, time and position, until the task, or the one attempt that is
   * asked for, has ended.
   *
   * @throws StreamClosedError with code 1001 or 1008 if there is no log
   */
  async *followLogLines(
    ref: TaskRef,
    { attempt, from, since, ...options }: StreamOptions & LogStart = {},
  ): AsyncGenerator<LogLine, void, undefined> {
    const url = this.#logUrl(ref);
    for (const [name, value] of Object.entries({ attempt, from, since, format: 'json' })) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    for await (const frame of textFrames(url, this.#headers, options)) yield JSON.parse(frame) as LogLine;
  }

  /**
   * What an extension prints, from the start of its container to its end. Pieces may end within a line.
   *
   * @throws StreamClosedError with code 1007 if there is no such extension
   */
  followExtensionLogs(id: string, options: StreamOptions = {}): AsyncGenerator<string, void, undefined> {
    return textFrames(this.#streamUrl(`/api/extensions/${encodeURIComponent(id)}/logs`), this.#headers, options);
  }

  /** Runs a command, split at single spaces, in the container of a running task, with a terminal. */
  openTerminal(ref: TaskRef, command: string): Promise<TerminalSession> {
    const url = this.#streamUrl(`${taskPath(ref)}/attach`);
    url.searchParams.set('command', command);
    url.searchParams.set('format', 'raw');
    return openTerminal(url, this.#headers);
  }

  /** The log of a task as it is now, with the time in front of each line if asked for, however long it is. */
  async downloadLog(
    ref: TaskRef,
    { timestamps = false }: { readonly timestamps?: boolean } = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#transfer('GET', `${taskPath(ref)}/log/text?timestamps=${timestamps}`);
    return body ?? new Blob([]).stream();
  }

  /** Events as they happen; with `history` after all that are stored, with `reverse` only those, newest first. */
  async *followEvents(
    options: StreamOptions & { readonly history?: boolean; readonly reverse?: boolean } = {},
  ): AsyncGenerator<Event, void, undefined> {
    const url = this.#streamUrl('/api/events');
    url.searchParams.set('history', String(options.history ?? false));
    url.searchParams.set('reverse', String(options.reverse ?? false));
    for await (const frame of textFrames(url, this.#headers, options)) {
      yield JSON.parse(frame) as Event;
    }
  }

  /**
   * Events from now on, or behind the one whose id is `after`, without an end. A connection that breaks is made anew, and
   * goes on behind the last event that came; `onOpen` is called each time. They come as server-sent events, which pass
   * proxies that know nothing of web sockets.
   *
   * @throws UnreachableError if the server stays away for half a minute
   */
  async *streamEvents({ after, signal, onOpen }: EventStart & StreamOptions = {}): AsyncGenerator<
    Event,
    void,
    undefined
  > {
    const patience = new Patience(signal);
    let last = after;
    while (!signal?.aborted) {
      try {
        const response = await this.#openEvents(last, signal);
        onOpen?.();
        patience.reset();
        for await (const { data, id } of serverSentEvents(response)) {
          last = id;
          yield JSON.parse(data) as Event;
        }
        return;
      } catch (error) {
        if (signal?.aborted) return;
        await patience.waitAfter(error);
      }
    }
  }

  /**
   * Waits for the end of a run, and gives it as it ended: `run.status` says how.
   *
   * @throws the signal's reason when it aborts
   * @example
   * const { run } = await gofer.runs.start({ namespace: 'default', pipeline: 'hello' });
   * const { status } = await gofer.waitForRun({ namespace: 'default', pipeline: 'hello', run: run.run_id });
   */
  waitForRun(ref: RunRef, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Run> {
    return waitForRun(this, ref, signal);
  }

  #openEvents(last: string | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const headers = {
      ...this.#headers,
      accept: 'text/event-stream',
      ...(last !== undefined && { 'last-event-id': last }),
    };
    return fetchOk(new Request(`${this.#baseUrl}/api/events`, { headers, ...(signal && { signal }) }), this.#baseUrl);
  }

  /** Has no time limit: bytes take as long as they take. */
  async #transfer(method: string, path: string, body?: ReadableStream<Uint8Array>): Promise<Response> {
    const stream = body && { body, duplex: 'half' as const };
    const request = new Request(`${this.#baseUrl}${path}`, { method, headers: this.#headers, ...stream });
    return fetchOk(request, this.#baseUrl);
  }

  #logUrl(ref: TaskRef): URL {
    return this.#streamUrl(`${taskPath(ref)}/logs`);
  }

  #streamUrl(path: string): URL {
    return new URL(`${this.#baseUrl.replace(/^http/, 'ws')}${path}`);
  }
}

function taskPath({ namespace, pipeline, run, task }: TaskRef): string {
  const place = ['namespaces', namespace, 'pipelines', pipeline, 'runs', run, 'tasks', task];
  return `/api/${place.map(encodeURIComponent).join('/')}`;
}

function checkedBaseUrl(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new UnreachableError(text, 'an address starts with http:// or https://');
  }
  return text.replace(/\/+$/, '');
}
