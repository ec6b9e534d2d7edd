/**
 * Measures what Gofer costs over the engines below it, on this machine: against the bare Docker API for whole runs, and
 * against bare Temporal activities for the engine alone, whose scheduler then runs nothing. Bare and Gofer take turns, so
 * that whatever else the machine does hits both alike; medians count.
 *
 *   npm run bench [-- --quick] [-- --save] [-- --objects]
 */
import { parseArgs } from 'node:util';
import { pipeline, task } from '../sdk/index.ts';
import { openBareDocker, removeContainers, type BareDocker } from './bare-docker.ts';
import { openBareTemporal, type BareTemporal } from './bare-temporal.ts';
import { startGofer, type Gofer } from './gofer.ts';
import { openObjectCases } from './objects.ts';
import {
  circumstances,
  objectTable,
  save,
  summarise,
  table,
  type Measurement,
  type ObjectMeasurement,
} from './report.ts';
import { takeTurns } from './turns.ts';

const IMAGE = 'gofer/base:1';
const COMMAND = ['/bin/echo', 'hello'];
const NAMESPACE = `bench-${process.pid}`;
const LABEL = { 'gofer.namespace': NAMESPACE };

interface Case<Bare> {
  readonly name: string;
  readonly against: string;
  readonly tasks: number;
  readonly steps: number;
  readonly repetitions: number;
  readonly bare: (bare: Bare) => Promise<unknown>;
  readonly gofer: (gofer: Gofer) => Promise<unknown>;
}

const PIPELINES = {
  single: pipeline('single').tasks(echo('t0')),
  chain: pipeline('chain').tasks(
    ...range(10).map((n) => (n > 0 ? echo(`t${n}`).dependsOn(`t${n - 1}`, 'Success') : echo('t0'))),
  ),
  parallel: pipeline('parallel').tasks(...range(50).map((n) => echo(`t${n}`))),
};

const DOCKER_CASES: readonly Case<BareDocker>[] = [
  {
    name: 'one container',
    against: 'Docker',
    ...{ tasks: 1, steps: 1, repetitions: 15 },
    bare: (docker) => docker.runContainer(),
    gofer: (gofer) => gofer.run('single'),
  },
  {
    name: 'chain of 10',
    against: 'Docker',
    ...{ tasks: 10, steps: 10, repetitions: 9 },
    bare: async (docker) => {
      for (const _ of range(10)) await docker.runContainer();
    },
    gofer: (gofer) => gofer.run('chain'),
  },
  {
    name: '50 at once',
    against: 'Docker',
    ...{ tasks: 50, steps: 1, repetitions: 5 },
    bare: (docker) => Promise.all(range(50).map(() => docker.runContainer())),
    gofer: (gofer) => gofer.run('parallel'),
  },
];

const ENGINE_CASES: readonly Case<BareTemporal>[] = [
  {
    name: 'engine: chain of 10',
    against: 'Temporal',
    ...{ tasks: 10, steps: 10, repetitions: 15 },
    bare: (temporal) => temporal.run('chain', 10),
    gofer: (gofer) => gofer.run('chain'),
  },
  {
    name: 'engine: 20 chains of 10',
    against: 'Temporal',
    ...{ tasks: 200, steps: 10, repetitions: 7 },
    bare: (temporal) => Promise.all(range(20).map(() => temporal.run('chain', 10))),
    gofer: (gofer) => Promise.all(range(20).map(() => gofer.run('chain'))),
  },
  {
    name: 'engine: 10 times 50 at once',
    against: 'Temporal',
    ...{ tasks: 500, steps: 1, repetitions: 7 },
    bare: (temporal) => Promise.all(range(10).map(() => temporal.run('parallel', 50))),
    gofer: (gofer) => Promise.all(range(10).map(() => gofer.run('parallel'))),
  },
];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    objects: { type: 'boolean', default: false },
  },
});

/** What has been started, to be undone in the opposite order, also when the user gives up. */
const undo: (() => unknown)[] = [];
let cleaning = Promise.resolve();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}

try {
  const machine = circumstances();
  const measurements = flags.objects ? [] : [...(await againstDocker()), ...(await againstTemporal())];
  console.log(table(measurements));
  const cases = measurements.map((measurement) => ({ ...measurement, ...summarise(measurement) }));
  const objects = await measureObjects();
  console.log(objectTable(objects));
  const result = { ...machine, quick: flags.quick, cases, objects };
  await save('latest', result);
  if (flags.save) await save(machine.date.slice(0, 10), result);
} finally {
  await cleanUp();
}

async function againstDocker(): Promise<Measurement[]> {
  undo.push(() => removeContainers(`gofer.namespace=${NAMESPACE}`));
  const docker = await openBareDocker({ image: IMAGE, command: COMMAND, labels: LABEL });
  undo.push(() => docker.close());
  return measureAll(DOCKER_CASES, docker, await prepareGofer('docker'));
}

async function againstTemporal(): Promise<Measurement[]> {
  const gofer = await prepareGofer('none');
  const temporal = await openBareTemporal(gofer.temporalAddress);
  undo.push(() => temporal.close());
  return measureAll(ENGINE_CASES, temporal, gofer);
}

async function prepareGofer(engine: 'docker' | 'none'): Promise<Gofer> {
  console.error(`starting Gofer, scheduler ${engine}`);
  const starting = startGofer(engine, NAMESPACE);
  undo.push(async () => (await starting.catch(() => undefined))?.stop());
  const gofer = await starting;
  for (const builder of Object.values(PIPELINES)) await gofer.register(builder);
  return gofer;
}

/** Who calls it while another clean-up is under way waits for that one as well. */
function cleanUp(): Promise<void> {
  cleaning = cleaning.then(async () => {
    for (let step = undo.pop(); step; step = undo.pop()) {
      try {
        await step();
      } catch (error) {
        console.error(error);
      }
    }
  });
  return cleaning;
}

async function measureAll<Bare>(cases: readonly Case<Bare>[], bare: Bare, gofer: Gofer): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const each of cases) measurements.push(await measure(each, bare, gofer));
  await cleanUp();
  return measurements;
}

async function measure<Bare>(each: Case<Bare>, bare: Bare, gofer: Gofer): Promise<Measurement> {
  console.error(`measuring ${each.name}`);
  const { name, against, tasks, steps } = each;
  const repetitions = flags.quick ? Math.ceil(each.repetitions / 3) : each.repetitions;
  const times = await takeTurns(repetitions, { bare: () => each.bare(bare), gofer: () => each.gofer(gofer) });
  return { name, against, tasks, steps, ...times };
}

async function measureObjects(): Promise<ObjectMeasurement[]> {
  console.error('starting Gofer twice, and an S3 server');
  const transfers = await openObjectCases();
  undo.push(() => transfers.close());
  const measurements: ObjectMeasurement[] = [];
  for (const { name, against, size, repetitions, ...ways } of transfers.cases) {
    console.error(`measuring ${name}, against ${against}`);
    const times = await takeTurns(flags.quick ? Math.ceil(repetitions / 3) : repetitions, ways);
    measurements.push({ name, against, size, ...times });
  }
  await cleanUp();
  return measurements;
}

function echo(id: string) {
  return task(id, IMAGE).command(...COMMAND);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
