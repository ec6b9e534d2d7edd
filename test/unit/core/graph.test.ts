import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeGraph,
  encodeGraph,
  findCycle,
  GraphWalk,
  keptTasks,
  remainingGraph,
  type Decision,
  type GraphTask,
  type Skip,
} from '../../../core/graph.ts';
import type { ParentRequirement, TaskStatus } from '../../../core/states.ts';

/** The table of the contract (pipeline-config §6), written as it stands there. */
const RUNS: Readonly<Record<TaskStatus, Readonly<Record<ParentRequirement, boolean>>>> = {
  successful: { any: true, success: true, failure: false, unknown: false },
  failed: { any: true, success: false, failure: true, unknown: false },
  skipped: { any: true, success: false, failure: false, unknown: false },
  cancelled: { any: false, success: false, failure: false, unknown: false },
  unknown: { any: false, success: false, failure: false, unknown: false },
};

/** The simplest thing that follows the contract: it looks at every task again until nothing changes any more. */
class Model {
  readonly ended = new Map<string, TaskStatus>();
  readonly started = new Set<string>();
  readonly #tasks: readonly GraphTask[];

  constructor(tasks: readonly GraphTask[]) {
    this.#tasks = tasks;
  }

  get running(): string[] {
    return this.#tasks.map(({ id }) => id).filter((id) => this.started.has(id) && !this.ended.has(id));
  }

  get waiting(): string[] {
    return this.#tasks.map(({ id }) => id).filter((id) => !this.started.has(id) && !this.ended.has(id));
  }

  get done(): boolean {
    return this.#tasks.every(({ id }) => this.ended.has(id));
  }

  end(ids: readonly string[], status: TaskStatus): void {
    for (const id of ids) this.ended.set(id, status);
  }

  judge(): Decision {
    const start: string[] = [];
    const skip: Skip[] = [];
    for (let changed = true; changed;) {
      changed = false;
      for (const task of this.#tasks) {
        if (!this.waiting.includes(task.id)) continue;
        const parents = Object.entries(task.dependsOn);
        if (!parents.every(([parent]) => this.ended.has(parent))) continue;
        changed = true;
        const unmet = parents.find(([parent, required]) => !RUNS[this.ended.get(parent) ?? 'unknown'][required]);
        if (unmet) {
          const [parent, required] = unmet;
          skip.push({ task: task.id, parent, required, parentStatus: this.ended.get(parent) ?? 'unknown' });
          this.ended.set(task.id, 'skipped');
        } else {
          start.push(task.id);
          this.started.add(task.id);
        }
      }
    }
    return { start, skip };
  }
}

const requirement = fc.constantFrom<ParentRequirement>('any', 'success', 'failure', 'unknown');

/** Acyclic graphs of up to nine tasks, in any order: each task may depend on those with a lower number. */
const graphs = fc
  .array(fc.array(fc.option(requirement, { freq: 2 }), { maxLength: 8 }), { maxLength: 9 })
  .map((rows) =>
    rows.map((row, index): GraphTask => {
      const edges = row.slice(0, index).flatMap((required, parent) => (required ? [[`t${parent}`, required]] : []));
      return { id: `t${index}`, dependsOn: Object.fromEntries(edges) as GraphTask['dependsOn'] };
    }),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom('finish', 'finish', 'finish', 'finish', 'cancel one', 'cancel all'),
    pick: fc.nat(),
    status: fc.constantFrom<TaskStatus>('successful', 'successful', 'failed', 'cancelled', 'unknown'),
  }),
  { maxLength: 20 },
);

function inOrder(decision: Decision): Decision {
  return {
    start: decision.start.toSorted(),
    skip: decision.skip.toSorted((a, b) => (a.task < b.task ? -1 : 1)),
  };
}

describe('GraphWalk', () => {
  test('decides as the contract says, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(graphs, actions, (tasks, script) => {
        const model = new Model(tasks);
        const walk = new GraphWalk(tasks);
        const decided: string[] = [];
        const compare = (actual: Decision) => {
          expect(inOrder(actual)).toEqual(inOrder(model.judge()));
          decided.push(...actual.start, ...actual.skip.map(({ task }) => task));
          expect(walk.done).toBe(model.done);
          expect(tasks.map(({ id }) => id).filter((id) => walk.isWaiting(id))).toEqual(model.waiting);
          expect(model.done || model.running.length > 0).toBe(true);
        };
        const end = (id: string, status: TaskStatus) => {
          model.end([id], status);
          compare(walk.finish(id, status));
        };
        const cancelAll = () => {
          const { waiting } = model;
          expect(walk.cancelWaiting().toSorted()).toEqual(waiting.toSorted());
          decided.push(...waiting);
          model.end(waiting, 'cancelled');
          expect(walk.done).toBe(model.done);
        };
        compare(walk.begin());
        for (const { kind, pick, status } of script) {
          const candidates = kind === 'finish' ? model.running : model.waiting;
          if (kind === 'cancel all') {
            cancelAll();
            continue;
          }
          const id = candidates[pick % candidates.length];
          if (id === undefined) continue;
          if (kind === 'cancel one') decided.push(id);
          end(id, kind === 'finish' ? status : 'cancelled');
        }
        for (let [id] = model.running; id !== undefined; [id] = model.running) end(id, 'successful');
        expect(walk.done).toBe(true);
        expect(decided.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
      }),
      { numRuns: 2_000 },
    );
  });

  test('goes on where another walk stopped, from the ends of its tasks alone', () => {
    fc.assert(
      fc.property(graphs, actions, (tasks, script) => {
        const first = new GraphWalk(tasks);
        const ended = new Map<string, TaskStatus>();
        const running = new Set<string>();
        const take = ({ start, skip }: Decision) => {
          for (const id of start) running.add(id);
          for (const { task } of skip) ended.set(task, 'skipped');
        };
        take(first.begin());
        for (const { pick, status } of script) {
          const id = [...running][pick % running.size];
          if (id === undefined) break;
          running.delete(id);
          ended.set(id, status);
          take(first.finish(id, status));
        }
        const seeded = tasks.map((task) => ({ ...task, ...(ended.has(task.id) && { ended: ended.get(task.id)! }) }));
        const second = new GraphWalk(seeded);
        const resumed = inOrder(second.begin());
        expect(resumed).toEqual({ start: [...running].toSorted(), skip: [] });
        expect(second.done).toBe(first.done);
        const rest = remainingGraph(seeded);
        expect(rest.filter((task) => !task.ended).length).toBe(tasks.length - ended.size);
        expect(inOrder(new GraphWalk(rest).begin())).toEqual(resumed);
        expect(decodeGraph(encodeGraph(rest))).toEqual(rest);
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps exactly the successes whose ancestors all succeeded', () => {
    const status = fc.constantFrom<TaskStatus>('successful', 'successful', 'successful', 'failed', 'skipped');
    fc.assert(
      fc.property(graphs, fc.array(status, { minLength: 9, maxLength: 9 }), (tasks, statuses) => {
        const ended = tasks.map((task, index) => ({ ...task, ended: statuses[index] ?? 'failed' }));
        const good = (id: string): boolean => {
          const task = ended.find((each) => each.id === id);
          return task?.ended === 'successful' && Object.keys(task.dependsOn).every(good);
        };
        expect([...keptTasks(ended)].toSorted()).toEqual(
          tasks
            .map(({ id }) => id)
            .filter(good)
            .toSorted(),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('an empty graph is done before it begins', () => {
    const walk = new GraphWalk([]);
    expect(walk.done).toBe(true);
    expect(walk.begin()).toEqual({ start: [], skip: [] });
  });

  test('refuses a parent that does not exist, and a task that does not', () => {
    expect(() => new GraphWalk([{ id: 'a', dependsOn: { ghost: 'any' } }])).toThrow("'ghost'");
    expect(() => new GraphWalk([]).finish('ghost', 'successful')).toThrow("'ghost'");
    expect(new GraphWalk([]).isWaiting('ghost')).toBe(false);
  });

  test('is at home with task ids that objects have as members', () => {
    const dependsOn: GraphTask['dependsOn'] = Object.fromEntries([['constructor', 'success']]);
    const walk = new GraphWalk([
      { id: 'constructor', dependsOn: {} },
      { id: 'toString', dependsOn },
    ]);
    expect(walk.begin().start).toEqual(['constructor']);
    expect(walk.finish('constructor', 'successful').start).toEqual(['toString']);
  });
});

const COUNT = 10_000;
const id = (index: number) => `t${index}`;
const taskAfter = (index: number, ...parents: number[]): GraphTask => ({
  id: id(index),
  dependsOn: Object.fromEntries(parents.map((parent) => [id(parent), 'success' as const])),
});
const indices = Array.from({ length: COUNT }, (_, index) => index);
const WIDTH = 20;
const previousLayer = (index: number) => {
  const first = (Math.floor(index / WIDTH) - 1) * WIDTH;
  return first < 0 ? [] : indices.slice(first, first + WIDTH);
};
const LARGE: Readonly<Record<string, readonly GraphTask[]>> = {
  chain: indices.map((index) => (index === 0 ? taskAfter(0) : taskAfter(index, index - 1))),
  'fan-out and fan-in': indices.map((index) => {
    if (index === 0) return taskAfter(0);
    return index === COUNT - 1 ? taskAfter(index, ...indices.slice(1, -1)) : taskAfter(index, 0);
  }),
  'layers of diamonds': indices.map((index) => taskAfter(index, ...previousLayer(index))),
};

/** Processor time rather than time on the clock, so that a busy machine does not matter. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe.each(Object.entries(LARGE))('ten thousand tasks: %s', (_name, tasks) => {
  test('walking takes time in proportion to tasks and edges', () => {
    let finished = 0;
    const spent = processorMs(() => {
      const walk = new GraphWalk(tasks);
      const running = [...walk.begin().start];
      for (let task = running.pop(); task !== undefined; task = running.pop()) {
        running.push(...walk.finish(task, 'successful').start);
        finished += 1;
      }
      expect(walk.done).toBe(true);
    });
    expect(finished).toBe(COUNT);
    expect(spent).toBeLessThan(1_000);
  });

  test('so does skipping', () => {
    const spent = processorMs(() => {
      const walk = new GraphWalk(tasks);
      const roots = walk.begin().start;
      const skipped = roots.flatMap((root) => walk.finish(root, 'failed').skip);
      expect(skipped.length + roots.length).toBe(COUNT);
      expect(walk.done).toBe(true);
    });
    expect(spent).toBeLessThan(1_000);
  });

  test('so does looking for a cycle', () => {
    const first = { ...taskAfter(0, COUNT - 1) };
    const spent = processorMs(() => {
      expect(findCycle(tasks)).toBeUndefined();
      expect(findCycle([first, ...tasks.slice(1)])).toBeDefined();
    });
    expect(spent).toBeLessThan(1_000);
  });
});

describe('findCycle', () => {
  const anyGraph = fc
    .integer({ min: 0, max: 7 })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, () =>
          fc.uniqueArray(fc.integer({ min: 0, max: Math.max(size - 1, 0) }), { maxLength: 3 }),
        ),
      ),
    )
    .map((rows: number[][]) => rows.map((parents, index) => taskAfter(index, ...parents)));

  test('finds one if and only if a task depends on itself in the end', () => {
    fc.assert(
      fc.property(anyGraph, (tasks) => {
        const dependsOn = new Map(tasks.map((task) => [task.id, new Set(Object.keys(task.dependsOn))]));
        const cycle = findCycle(tasks);
        expect(cycle !== undefined).toBe(hasCycle(dependsOn));
        if (!cycle) return;
        expect(cycle.length).toBeGreaterThan(1);
        expect(cycle.at(-1)).toBe(cycle[0]);
        expect(new Set(cycle.slice(1)).size).toBe(cycle.length - 1);
        for (const [index, task] of cycle.slice(0, -1).entries()) {
          expect(dependsOn.get(task)?.has(cycle[index + 1] ?? '')).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('names the cycle itself, without the way to it', () => {
    expect(findCycle([taskAfter(0, 1), taskAfter(1, 2), taskAfter(2, 1)])).toEqual(['t1', 't2', 't1']);
    expect(findCycle([taskAfter(0, 0)])).toEqual(['t0', 't0']);
  });

  test('leaves unknown parents to others', () => {
    expect(findCycle([{ id: 'a', dependsOn: { ghost: 'any' } }])).toBeUndefined();
  });
});

/** Adds everything reachable until nothing is added any more. */
function hasCycle(dependsOn: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const reaches = new Map([...dependsOn].map(([task, parents]) => [task, new Set(parents)]));
  for (let changed = true; changed;) {
    changed = false;
    for (const reached of reaches.values()) {
      for (const next of [...reached].flatMap((task) => [...(reaches.get(task) ?? [])])) {
        changed ||= !reached.has(next);
        reached.add(next);
      }
    }
  }
  return [...reaches].some(([task, reached]) => reached.has(task));
}
