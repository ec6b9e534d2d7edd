/**
 * Measures what masking secrets costs of the way from the engine's log to the log store, the store left out.
 *
 *   npm run bench:masking [-- --megabytes 40] [-- --rounds 5]
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startLogPump } from '../activities/log-pump.ts';
import type { LogWriter } from '../backends/logs/contract.ts';
import type { LogEntry, Scheduler } from '../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../backends/scheduler/docker/index.ts';
import { maskSecrets } from '../services/masking/mask.ts';

const { values: flags } = parseArgs({
  options: { megabytes: { type: 'string', default: '40' }, rounds: { type: 'string', default: '5' } },
});
const BYTES = Number(flags.megabytes) * 1e6;
const ROUNDS = Number(flags.rounds);
const BARE = 'without masking';

const token = (bytes: number) => randomBytes(bytes).toString('base64url');
const pem = randomBytes(1_200).toString('base64').replaceAll(/.{64}/g, '$&\n');
const tokens = (count: number, bytes = 24) => Array.from({ length: count }, () => token(bytes));

/** What tasks are given. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  [BARE]: [],
  '1 token': tokens(1),
  '1 password of 4 characters': ['s3cr'],
  '20 tokens': tokens(20),
  '20 passwords of 8 characters': tokens(20, 6),
  'a private key and 5 tokens': [`-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`, ...tokens(5)],
  'a token of 64 KB': tokens(1, 49_152),
};

/** What tasks print. */
const LINES: Readonly<Record<string, string>> = {
  'lines of 100 bytes':
    '2026-11-25 10:00:00.123 INFO  [worker-3] handled request 48151 for /api/items/623 in 42 ms, 200 bytes',
  'lines of 1 KB of JSON': JSON.stringify({ level: 'info', message: 'request 48151', items: 'item 42, '.repeat(105) }),
};

/** A container that has printed the line again and again. */
async function printed(scheduler: Scheduler, line: string): Promise<string> {
  const count = Math.ceil(BYTES / line.length);
  const { id } = await scheduler.ensureContainer({
    name: `gofer-bench-masking-${process.pid}`,
    labels: { 'gofer.bench': `${process.pid}-${line.length}` },
    image: 'gofer/base:1',
    environment: { LINE: line },
    command: ['sh', '-c', `yes "$LINE" | head -n ${count}`],
  });
  await scheduler.startContainer(id);
  await scheduler.waitForExit(id, new AbortController().signal);
  return id;
}

interface Sample {
  readonly megabytes: number;
  /** Seconds. */
  readonly elapsed: number;
  readonly processor: number;
}

async function measure(scheduler: Scheduler, id: string, secrets: readonly string[]): Promise<Sample> {
  let bytes = 0;
  const writer: LogWriter = {
    position: undefined,
    finished: false,
    append: async (entries: readonly LogEntry[]) => {
      for (const { data } of entries) bytes += data.length;
    },
    note: async () => undefined,
    finish: async () => undefined,
  };
  const [started, before] = [performance.now(), process.cpuUsage()];
  await startLogPump(scheduler, id, writer, (entries) => maskSecrets(entries, secrets)).drain();
  const { user, system } = process.cpuUsage(before);
  return { megabytes: bytes / 1e6, elapsed: (performance.now() - started) / 1e3, processor: (user + system) / 1e6 };
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const scheduler = createDockerScheduler();
for (const [what, line] of Object.entries(LINES)) {
  const id = await printed(scheduler, line);
  const samples = new Map(Object.keys(SECRETS).map((name) => [name, [] as Sample[]]));
  try {
    // In turn, so that whatever else the machine does befalls all of them; the first round only warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, list] of samples) {
        const sample = await measure(scheduler, id, SECRETS[name] ?? []);
        if (round > 0) list.push(sample);
      }
    }
  } finally {
    await scheduler.removeContainer(id);
  }
  console.log(`\n${what}: MB a second, and processor time for each MB`);
  const speedOf = (list: readonly Sample[]) => median(list.map(({ megabytes, elapsed }) => megabytes / elapsed));
  const costOf = (list: readonly Sample[]) => median(list.map(({ megabytes, processor }) => processor / megabytes));
  const bare = samples.get(BARE) ?? [];
  for (const [name, list] of samples) {
    const percent = (ratio: number) => `${(ratio * 100).toFixed(0).padStart(4)} %`;
    console.log(
      `  ${name.padEnd(30)} ${speedOf(list).toFixed(1).padStart(6)} ${percent(speedOf(list) / speedOf(bare))}` +
        `   ${(costOf(list) * 1e3).toFixed(2).padStart(6)} ms ${percent(costOf(list) / costOf(bare))}`,
    );
  }
}
await scheduler.close();
