import { setTimeout as sleep } from 'node:timers/promises';
import { runKey } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import { Installation, VICTIMS, type Victim } from './installation.ts';
import { Random } from './random.ts';
import { verify, type Check } from './verify.ts';
import { KINDS, type StartedRun } from './workload.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly runs: number;
  readonly kills: number;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly kills: Readonly<Record<Victim, number>>;
  readonly checks: readonly Check[];
}

/** How long all runs may take to end once nothing is killed any more, in milliseconds. */
const PATIENCE_MS = 600_000;

/** Starts runs of all kinds while parts of the installation are killed, waits for the runs' ends, and looks at everything. */
export async function runChaos({ seed, runs, kills, say }: ChaosOptions): Promise<ChaosReport> {
  const random = new Random(seed);
  const installation = await Installation.start();
  try {
    const { gofer, engine } = installation;
    for (const { document } of KINDS) await gofer.configs.register('default', document);
    const watch = new AbortController();
    const starts = new Map<string, number>();
    const watching = countStarts(installation, starts, watch.signal);
    const done = Object.fromEntries(VICTIMS.map((victim) => [victim, 0])) as Record<Victim, number>;
    let killing = true;
    const starting = startRuns(installation, runs, new Random(seed + 1), () => killing);
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(random.between(500, 5_000));
      const victim = kill < VICTIMS.length ? (VICTIMS[kill] ?? 'worker') : random.pick(VICTIMS);
      say(`kills ${victim}`);
      await installation.kill(victim, random.between(0, 3_000));
      done[victim] += 1;
    }
    killing = false;
    const started = await starting;
    say(`waits for ${started.length} runs to end`);
    await untilAllOver(installation, started);
    watch.abort();
    await watching;
    return { kills: done, checks: await verify(gofer, engine, started, starts) };
  } finally {
    await installation.stop();
  }
}

/** Starts all runs, spread over the time in which things are killed, and cancels those that are to be. */
async function startRuns(
  { gofer }: Installation,
  count: number,
  random: Random,
  killing: () => boolean,
): Promise<readonly StartedRun[]> {
  const started: StartedRun[] = [];
  const cancellations: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const kind = KINDS[index % KINDS.length] ?? KINDS[0];
    const pipeline = { namespace: 'default', pipeline: kind.document.id };
    const before = await persist(() => lastRun(gofer, pipeline));
    // A request whose answer was lost may have started one, and then it counts as well.
    await persist(async () => {
      if ((await lastRun(gofer, pipeline)) === before) await gofer.runs.start(pipeline);
    });
    const last = await persist(() => lastRun(gofer, pipeline));
    for (let run = before + 1; run <= last; run += 1) {
      const ref = { ...pipeline, run };
      started.push({ ref, kind });
      const { cancelAfterMs } = kind;
      if (cancelAfterMs !== undefined)
        cancellations.push(sleep(cancelAfterMs).then(() => persist(() => gofer.runs.cancel(ref))));
    }
    if (killing()) await sleep(random.between(0, 600));
  }
  await Promise.all(cancellations);
  return started;
}

/** The number of the newest run of a pipeline; 0 if it has none. */
async function lastRun(gofer: GoferClient, pipeline: { namespace: string; pipeline: string }): Promise<number> {
  const { runs } = await gofer.runs.list(pipeline, { reverse: true, limit: 1 });
  return runs[0]?.run_id ?? 0;
}

async function untilAllOver({ gofer }: Installation, runs: readonly StartedRun[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (const { ref } of runs) {
    while ((await persist(() => gofer.runs.get(ref))).run.state !== 'complete') {
      if (Date.now() > deadline) throw new Error(`run ${runKey(ref)} has not ended`);
      await sleep(200);
    }
  }
}

/** Does something until it works: the API may be dead at the moment, or what it needs. */
async function persist<T>(action: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

/** Counts how often the engine starts a container of each attempt, by the engine's own word. */
async function countStarts({ engine }: Installation, starts: Map<string, number>, stop: AbortSignal): Promise<void> {
  // A new stream begins with what the old one told last.
  const seen = new Set<string>();
  const note = ({ timeNano, Actor: { ID: container, Attributes: labels } }: StartEvent) => {
    const start = `${container} ${timeNano}`;
    if (seen.has(start)) return;
    seen.add(start);
    const attempt = ['pipeline', 'run', 'task', 'attempt'].map((name) => labels[`gofer.${name}`]).join('/');
    starts.set(attempt, (starts.get(attempt) ?? 0) + 1);
  };
  let since = Math.floor(Date.now() / 1000);
  while (!stop.aborted) {
    try {
      const filters = { type: ['container' as const], event: ['start'] };
      const stream = await engine.docker.getEvents({ since, filters, abortSignal: stop });
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        for (const line of chunk.toString().split('\n').filter(Boolean)) note(JSON.parse(line) as StartEvent);
      }
    } catch {
      // The engine was killed; what it has started by then was told.
    }
    since = Math.floor(Date.now() / 1000);
    await sleep(50);
  }
}

interface StartEvent {
  readonly timeNano: number;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}
