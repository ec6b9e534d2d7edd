/** Something that runs until it is told to stop. */
interface Running {
  stop(): Promise<void>;
  /** Rejects if it breaks. */
  readonly failed: Promise<never>;
}

/** Starts something, and stops it in order on INT or TERM. */
export async function untilInterrupted<T extends Running>(
  start: () => Promise<T>,
  whenStarted: (running: T) => void = () => undefined,
): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const running = await start();
  try {
    whenStarted(running);
    await Promise.race([interrupted, running.failed]);
  } finally {
    await running.stop();
  }
}
