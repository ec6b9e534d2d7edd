import type { Event } from '../../sdk/wire.ts';

export type LiveState = 'connecting' | 'live' | 'lost' | 'off';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/**
 * The server's events as they happen, over one web socket for all of the console. It connects again when it is cut off, goes
 * on behind the last event it has had, and tells when it may have missed some.
 */
export class EventStream {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #onGap: () => void;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = FIRST_DELAY_MS;
  #last: string | undefined;
  #wasOpen = false;
  #state: LiveState = 'off';

  /** @param onGap called when events may have been missed */
  constructor(onGap: () => void) {
    this.#onGap = onGap;
  }

  get state(): LiveState {
    return this.#state;
  }

  start(): void {
    if (this.#state !== 'off') return;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#become('off');
    this.#wasOpen = false;
    this.#last = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Calls back for every event until the returned function is called. */
  readonly listen = (listener: (event: Event) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls back whenever the state has changed. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #connect(): void {
    this.#become(this.#wasOpen ? 'lost' : 'connecting');
    const url = new URL('/api/events', location.origin.replace(/^http/, 'ws'));
    if (this.#last !== undefined) url.searchParams.set('after', this.#last);
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#received(JSON.parse(String(data)) as Event));
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#retry();
    });
  }

  #opened(): void {
    // With the id of an event to go on behind, the server sends what was missed.
    if (this.#wasOpen && this.#last === undefined) this.#onGap();
    this.#wasOpen = true;
    this.#delay = FIRST_DELAY_MS;
    this.#become('live');
  }

  #received(event: Event): void {
    this.#last = event.id;
    for (const listener of this.#listeners) listener(event);
  }

  #retry(): void {
    this.#become(this.#wasOpen ? 'lost' : 'connecting');
    const delay = this.#delay * (0.75 + Math.random() / 2);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY_MS);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}
