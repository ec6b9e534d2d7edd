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
  /** What `ensureImage` returned: exactly this is run, also if `image` has come to mean something else by now. */
  readonly imageId?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: readonly string[];
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  readonly resources?: ContainerResources;
  /** A TCP port to be reached from outside; see `addressOf`. */
  readonly publish?: PublishedPort;
}

/** A port of a container, on a free port of the engine's machine. */
export interface PublishedPort {
  readonly port: number;
  /** The machine's address it is published on, for example 127.0.0.1. */
  readonly address: string;
}

/** The most that a container may use; what is left out has no limit, except for `pids`. */
export interface ContainerResources {
  /** In CPUs; parts of one are fine. */
  readonly cpu?: number;
  /** Of memory, without any swap on top. */
  readonly memoryBytes?: number;
  /** Processes and threads; `DEFAULT_PIDS_LIMIT` without it. */
  readonly pids?: number;
}

/** More than compilers and test suites were seen to need, and few enough that a fork bomb leaves the machine alive. */
export const DEFAULT_PIDS_LIMIT = 8192;

export interface ImageRequest {
  readonly image: string;
  /** Ask the registry even if the image is here already. */
  readonly alwaysPull: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  /**
   * Requests with the same scope, such as the key of a run, get the same image: the registry is asked for the first of
   * them only, and so is the engine. Without it every request stands for itself.
   */
  readonly scope?: string;
}

/** Where a container is in its life. */
export type ContainerPhase = 'created' | 'running' | 'exited';

export interface ContainerHandle {
  readonly id: string;
  /** When it was found or made. */
  readonly phase: ContainerPhase;
  /** False when it had been there before the call. */
  readonly created: boolean;
}

/** One container of many. */
export interface ContainerSummary {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, by the engine's clock, cut to seconds. */
  readonly createdAt: number;
  readonly state: ContainerPhase;
}

/** Who ended a container that neither ended by itself nor was ended by `stopContainer` or `removeContainer`. */
export type Interruption =
  /** The engine was shut down, restarted or crashed, or its machine was, and took the container along. */
  | 'engine_stopped'
  /** Somebody sent a signal through the engine. */
  | 'killed_from_outside';

/** How a container ended. */
export type ContainerExit =
  | {
      readonly kind: 'exited';
      /** 0-255; 128 + n for signal n. */
      readonly code: number;
      /** The name that goes with a code of 128 + n, such as `SIGKILL`. */
      readonly signal?: string;
      /**
       * Not set for signals that the program, something else in the container or the machine sent. What this process did
       * itself is no interruption, but what another one of ours did is: callers know better whether that was asked for.
       */
      readonly interruption?: Interruption;
      /**
       * The program ended by itself, but before the engine was last started, and nobody saw whether there was one then. If
       * there was none, what it wrote meanwhile is missing from its log.
       */
      readonly engineMayHaveBeenDown?: boolean;
      /** The kernel killed a process in it, the first or any other, for want of memory. */
      readonly outOfMemory: boolean;
      /** The container's limit, if it had one. */
      readonly memoryLimitBytes?: number;
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
 * one stream to the other, timestamps do go back a little. A stream is left out if nothing of it was taken; it may be if
 * nothing was in the last `LOG_DISORDER_MS` before the newest entry of the other.
 */
export interface LogPosition {
  readonly stdout?: StreamPosition;
  readonly stderr?: StreamPosition;
}

/** What of an entry counts for a position. */
export type LogPlace = Pick<LogEntry, 'stream' | 'timestamp'>;

/** The position after one more entry has been taken. */
export function advance(position: LogPosition, entry: LogPlace): LogPosition {
  const before = position[entry.stream];
  const entries = before?.timestamp === entry.timestamp ? before.entries + 1 : 1;
  return { ...position, [entry.stream]: { timestamp: entry.timestamp, entries } };
}

/** By how many milliseconds an entry may be older than one of the other stream that was logged before it. 1 was seen. */
export const LOG_DISORDER_MS = 2000;

/** Why the engine did not do what it was asked to. */
export const SchedulerFailure = {
  /** The registry or the engine says there is no such image. Trying again is pointless. */
  ImageNotFound: 'image_not_found',
  /** The registry refused the credentials. Trying again is pointless. */
  ImageRefused: 'image_refused',
  /** The image that `ensureImage` found was removed since. Calling that again brings it back. */
  ImageMissing: 'image_missing',
  /** The image could not be fetched for some other reason. */
  ImageUnavailable: 'image_unavailable',
  /** The container could not be created or started, for example because its command does not exist. */
  ContainerRefused: 'container_refused',
  /** The container is not there any more, or an engine that was restarted cannot work with it. Another one may do. */
  ContainerLost: 'container_lost',
  /** `stopContainer` came before the start, so there was none and there will be none. */
  NeverStarted: 'never_started',
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
  type(data: string | Uint8Array): void;
  /** Tells it how large its screen is. */
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Of the command, once the output has ended; undefined if nobody knows. */
  exitCode(): Promise<number | undefined>;
}

/** What `pruneImages` did. */
export interface PrunedImages {
  /** As `ensureImage` returned them. */
  readonly removed: readonly string[];
  /** The sizes of the images; what they shared with others is still there. */
  readonly freedBytes: number;
}

/**
 * Remembers which images were pulled on behalf of Gofer, as opposed to those that people put there. Engines are told
 * apart by the id they give themselves, images by what `ensureImage` returned.
 */
export interface ImageUse {
  /** The image was pulled, or is used; a use of one that was never pulled is none of our business. */
  record(engine: string, imageId: string, event: 'pulled' | 'used'): Promise<void>;
  /** The images with no record for so many milliseconds. */
  listUnused(engine: string, unusedForMs: number): Promise<readonly string[]>;
  forget(engine: string, imageId: string): Promise<void>;
}

export interface Scheduler {
  /**
   * Makes sure the image is present and returns its digest, or its id if it came from no registry; either can be the
   * `imageId` of a container. `onProgress` gets short lines for the user. Requests for the same image with the same
   * credentials share one pull and its failure. Aborting `signal` throws the signal's reason, and stops the pull if
   * nobody else waits for it.
   */
  ensureImage(request: ImageRequest, onProgress: (line: string) => void, signal: AbortSignal): Promise<string>;

  /**
   * Returns the container with exactly these labels, creating it if there is none. Never starts it. Throws ImageMissing
   * if the image is not present. Safe to repeat.
   */
  ensureContainer(spec: ContainerSpec): Promise<ContainerHandle>;

  /**
   * Starts a created container. Does nothing to one that is running; must not be called for one that has exited. Engines
   * get slow when they start many at once, so some may have to wait: then `onWait` is called once, with how many are
   * ahead. Throws NeverStarted if `stopContainer` was called before.
   */
  startContainer(id: string, onWait?: (ahead: number) => void): Promise<void>;

  /**
   * Whether the engine may have started a container after `since`, in milliseconds, although it calls it created: one that
   * is killed in the middle of a start does not remember it.
   */
  mayHaveForgotten(id: string, since: number): Promise<boolean>;

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

  /** The environment that a container was created with; empty if it is gone. */
  environmentOf(id: string): Promise<Readonly<Record<string, string>>>;

  /**
   * Sends TERM, or what the image asks for instead, and KILL after `graceSeconds` (0: at once). Returns when the container
   * has ended or is gone. A container that was not started yet never will be by this process. Calls may overlap: the
   * shortest grace counts.
   */
  stopContainer(id: string, graceSeconds: number): Promise<void>;

  /** Removes the container, by force if it still runs, with its anonymous volumes. A missing one is fine. */
  removeContainer(id: string): Promise<void>;

  /** The ids of all containers, whatever their state, that carry all the given labels. */
  findContainers(labels: Readonly<Record<string, string>>): Promise<readonly string[]>;

  /** The same containers with what a reaper has to know of them. */
  listContainers(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]>;

  /**
   * Removes images that Gofer pulled and has not used for so long. Never by force: one that any container uses stays, and
   * so does one that somebody gave a name in another repository.
   */
  pruneImages(unusedForMs: number): Promise<PrunedImages>;

  /** Where a published port of a running container can be reached, as host:port; undefined if it does not run. */
  addressOf(id: string, port: number): Promise<string | undefined>;

  /** Runs a command with a terminal inside a running container. Aborting `signal` hangs up. */
  openTerminal(id: string, command: readonly string[], signal: AbortSignal): Promise<ContainerTerminal>;

  /**
   * The same for a container that has ended, in a copy of it: another container with its files, environment, user and
   * limits, which is removed when the command has ended. Throws ContainerRefused if it is gone.
   */
  openTerminalInCopy(id: string, command: readonly string[], signal: AbortSignal): Promise<ContainerTerminal>;

  /** Throws EngineUnreachable with a sentence that says how to mend it if the engine does not answer. */
  ping(): Promise<void>;

  /** Closes what it holds open. Containers are left alone. */
  close(): Promise<void>;
}
