/**
 * What Gofer needs from something that runs containers. Implementations keep no state of their own: everything about a
 * container is found again through its labels, so that any process that reaches the same engine can take over.
 */

/** What a container is to be. `labels` identify it: two specs with equal labels mean the same container. */
export interface ContainerSpec {
  /** A readable name; implementations may add a suffix to make it unique. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: readonly string[];
  /** Replaces the image's command. */
  readonly command?: readonly string[];
}

export interface ImageRequest {
  readonly image: string;
  /** Ask the registry even if the image is here already. */
  readonly alwaysPull: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

export interface ContainerHandle {
  readonly id: string;
  /** Where the container was in its life when it was found or made. */
  readonly phase: 'created' | 'running' | 'exited';
  /** False when it had been there before the call. */
  readonly created: boolean;
}

/** How a container ended. */
export type ContainerExit =
  | {
      readonly kind: 'exited';
      /** 0-255; 128 + n for signal n. */
      readonly code: number;
      readonly outOfMemory: boolean;
      /** The engine's own words, for example why the process could not be started; '' if it had none. */
      readonly error: string;
      /** Milliseconds since the epoch, by the engine's clock. */
      readonly startedAt: number;
      readonly endedAt: number;
    }
  /** Somebody removed it, so how it ended cannot be known. */
  | { readonly kind: 'gone' };

/** One entry of a container's output. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds, by the engine's clock. It never decreases within a stream. */
  readonly timestamp: string;
  /** Raw bytes; ends with a newline unless the engine split a long line or the program never finished it. */
  readonly data: Uint8Array;
}

/** The last entry taken of a stream, as its timestamp and how many entries with exactly that one were taken. */
export interface StreamPosition {
  readonly timestamp: string;
  readonly entries: number;
}

/**
 * Where a reader of a log had got to. Each stream counts for itself, because engines write the two from two threads: from
 * one stream to the other, timestamps do go back a little. A stream is left out if nothing of it was taken, or nothing
 * in the last `LOG_DISORDER_MS` before the newest entry of the other.
 */
export interface LogPosition {
  readonly stdout?: StreamPosition;
  readonly stderr?: StreamPosition;
}

/** By how many milliseconds an entry may be older than one of the other stream that was logged before it. 1 was seen. */
export const LOG_DISORDER_MS = 2000;

/** Why the engine did not do what it was asked to. */
export const SchedulerFailure = {
  /** The registry or the engine says there is no such image. Trying again is pointless. */
  ImageNotFound: 'image_not_found',
  /** The registry refused the credentials. Trying again is pointless. */
  ImageRefused: 'image_refused',
  /** The image could not be fetched for some other reason. */
  ImageUnavailable: 'image_unavailable',
  /** The container could not be created or started, for example because its command does not exist. */
  ContainerRefused: 'container_refused',
  /** The engine does not answer. Nothing is known about the container; trying again later makes sense. */
  EngineUnreachable: 'engine_unreachable',
} as const;
export type SchedulerFailure = (typeof SchedulerFailure)[keyof typeof SchedulerFailure];

/** Thrown by every method of a scheduler; `message` is a sentence for the user that includes the engine's own words. */
export class SchedulerError extends Error {
  override readonly name = 'SchedulerError';
  readonly failure: SchedulerFailure;

  constructor(failure: SchedulerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** A command with a terminal inside a container. */
export interface ContainerTerminal {
  /** What the terminal shows, until the command ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Types into it. */
  type(text: string): void;
}

export interface Scheduler {
  /**
   * Makes sure the image is present and returns its digest or id. `onProgress` gets short lines for the user.
   * Aborting `signal` stops the pull and throws the signal's reason.
   */
  ensureImage(request: ImageRequest, onProgress: (line: string) => void, signal: AbortSignal): Promise<string>;

  /**
   * Returns the container with exactly these labels, creating it if there is none. Never starts it. The image has to be
   * present. Safe to repeat.
   */
  ensureContainer(spec: ContainerSpec): Promise<ContainerHandle>;

  /** Starts a created container. Does nothing to one that is running; must not be called for one that has exited. */
  startContainer(id: string): Promise<void>;

  /**
   * Waits until the container has ended. A lost connection or a restarted engine is not an end: it reconnects until
   * `signal` aborts, which throws the signal's reason; it throws EngineUnreachable only after the engine was silent for
   * a minute.
   */
  waitForExit(id: string, signal: AbortSignal): Promise<ContainerExit>;

  /**
   * Yields the output from `after` on (from the first byte without it), following it until the container has ended and
   * everything it wrote was delivered. Reconnects by itself without loss or repetition, like `waitForExit`. Ends quietly
   * when the container is gone. Aborting `signal` throws its reason.
   */
  followLog(id: string, after: LogPosition | undefined, signal: AbortSignal): AsyncIterable<LogEntry>;

  /** Sends TERM, and KILL after `graceSeconds` (0: at once). Returns when the container has ended or is gone. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;

  /** Removes the container, by force if it still runs, with its anonymous volumes. A missing one is fine. */
  removeContainer(id: string): Promise<void>;

  /** The ids of all containers, whatever their state, that carry all the given labels. */
  findContainers(labels: Readonly<Record<string, string>>): Promise<readonly string[]>;

  /** Runs a command with a terminal inside a running container. Aborting `signal` hangs up. */
  openTerminal(id: string, command: readonly string[], signal: AbortSignal): Promise<ContainerTerminal>;

  /** Throws EngineUnreachable with a sentence that says how to mend it if the engine does not answer. */
  ping(): Promise<void>;

  /** Closes what it holds open. Containers are left alone. */
  close(): Promise<void>;
}
