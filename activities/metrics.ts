import type { TaskStatus } from '../core/states.ts';

/** What a worker tells of its work. */
export interface EngineMetrics {
  /** A run began after so many seconds in the queue. */
  runAdmitted(waitedSeconds: number): void;
  containerStarted(): void;
  /** A task ended after its container had run for so many seconds; undefined if it never ran. */
  taskEnded(status: TaskStatus, ranSeconds: number | undefined): void;
}
