import { randomUUID } from 'node:crypto';
import type { ContainerSpec, LogEntry, LogPosition, Scheduler } from '../../../backends/scheduler/contract.ts';

export const IMAGE = 'gofer/base:1';

/** For what may take as long as it likes. */
export const never = new AbortController().signal;

/** Makes containers for one test file, which can be told from those of others. */
export function testContainers(scheduler: Scheduler) {
  const testRun = randomUUID();

  function spec(command: readonly string[], more: Partial<ContainerSpec> = {}): ContainerSpec {
    const id = randomUUID();
    return {
      name: `gofer-test-${id}`,
      labels: { 'gofer.test': testRun, 'gofer.id': id },
      image: IMAGE,
      environment: {},
      command,
      ...more,
    };
  }

  async function create(command: readonly string[], more: Partial<ContainerSpec> = {}): Promise<string> {
    return (await scheduler.ensureContainer(spec(command, more))).id;
  }

  async function start(command: readonly string[], more: Partial<ContainerSpec> = {}): Promise<string> {
    const id = await create(command, more);
    await scheduler.startContainer(id);
    return id;
  }

  async function readAll(id: string, after?: LogPosition): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for await (const entry of scheduler.followLog(id, after, never)) entries.push(entry);
    return entries;
  }

  async function removeAll(): Promise<void> {
    const ids = await scheduler.findContainers({ 'gofer.test': testRun });
    await Promise.all(ids.map((id) => scheduler.removeContainer(id)));
  }

  return { testRun, spec, create, start, readAll, removeAll };
}

/** What the entries of one stream or of both say, in the order of the entries. */
export function text(entries: readonly LogEntry[], stream?: LogEntry['stream']): string {
  const chosen = entries.filter((entry) => !stream || entry.stream === stream);
  return Buffer.concat(chosen.map((entry) => entry.data)).toString();
}
