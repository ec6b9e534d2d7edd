import { TaskStatus, type ParentRequirement } from './states.ts';

/** A node of the graph: `dependsOn` maps parents to the outcome required of them. */
export interface GraphTask {
  readonly id: string;
  readonly dependsOn: Readonly<Record<string, ParentRequirement>>;
  /** How it ended, if it had before the walk begins: the walk goes on from there. */
  readonly ended?: TaskStatus;
}

/** Why a task will not run: the first parent, in the order of `dependsOn`, that did not end as required. */
export interface Skip {
  readonly task: string;
  readonly parent: string;
  readonly required: ParentRequirement;
  readonly parentStatus: TaskStatus;
}

/** What follows from an event: tasks to start now, and tasks that will never run. */
export interface Decision {
  readonly start: readonly string[];
  readonly skip: readonly Skip[];
}

/**
 * Which parent outcomes satisfy which requirement (contract, pipeline-config §6). A cancelled or lost parent satisfies
 * nothing, and a skipped one only `any`.
 */
const SATISFIED_BY: Readonly<Record<ParentRequirement, ReadonlySet<TaskStatus>>> = {
  any: new Set([TaskStatus.Successful, TaskStatus.Failed, TaskStatus.Skipped]),
  success: new Set([TaskStatus.Successful]),
  failure: new Set([TaskStatus.Failed]),
  unknown: new Set(),
};

export function satisfies(parentStatus: TaskStatus, required: ParentRequirement): boolean {
  return SATISFIED_BY[required].has(parentStatus);
}

interface Node {
  readonly task: GraphTask;
  readonly children: string[];
  /** Parents that have not ended yet. The task is judged when it reaches 0. */
  openParents: number;
}

/**
 * Walks a DAG: told how tasks end, it says which start and which are skipped. It does no I/O and asks no clock, so it
 * replays. Over a whole run its work is linear in tasks plus edges.
 */
export class GraphWalk {
  readonly #nodes = new Map<string, Node>();
  readonly #ended = new Map<string, TaskStatus>();
  readonly #started = new Set<string>();

  /** @throws Error for an unknown parent; cycles are for `findCycle` to refuse before a graph is walked. */
  constructor(tasks: readonly GraphTask[]) {
    for (const task of tasks) {
      this.#nodes.set(task.id, { task, children: [], openParents: 0 });
      if (task.ended) this.#ended.set(task.id, task.ended);
    }
    for (const { task } of this.#nodes.values()) {
      for (const parent of Object.keys(task.dependsOn)) {
        this.#node(parent).children.push(task.id);
        if (!this.#ended.has(parent)) this.#node(task.id).openParents += 1;
      }
    }
  }

  /** The tasks that wait for no parent: the roots, or whatever comes after what had ended before. */
  begin(): Decision {
    const ready = [...this.#nodes.values()].filter(({ task, openParents }) => !task.ended && openParents === 0);
    return this.#judge(ready.map(({ task }) => task.id));
  }

  /** Takes note of how a task ended, started or not. Skips spread from here to all tasks they doom. */
  finish(taskId: string, status: TaskStatus): Decision {
    this.#ended.set(taskId, status);
    return this.#judge(this.#settle(taskId));
  }

  /** Ends every task that has not started as cancelled, and names them. Nothing starts after this. */
  cancelWaiting(): readonly string[] {
    const waiting = [...this.#nodes.keys()].filter((id) => this.isWaiting(id));
    for (const id of waiting) this.#ended.set(id, TaskStatus.Cancelled);
    return waiting;
  }

  /** True if the task exists and has neither started nor ended. */
  isWaiting(taskId: string): boolean {
    return this.#nodes.has(taskId) && !this.#started.has(taskId) && !this.#ended.has(taskId);
  }

  /** True when every task has ended. */
  get done(): boolean {
    return this.#ended.size === this.#nodes.size;
  }

  /** The children of a task that has ended which wait for no other parent. */
  #settle(taskId: string): string[] {
    const ready: string[] = [];
    for (const childId of this.#node(taskId).children) {
      const child = this.#node(childId);
      child.openParents -= 1;
      if (child.openParents === 0 && !this.#ended.has(childId)) ready.push(childId);
    }
    return ready;
  }

  /** Judges tasks whose parents have all ended, and those that are in turn because one of them is skipped. */
  #judge(ready: string[]): Decision {
    const start: string[] = [];
    const skip: Skip[] = [];
    // The list grows while it is walked through.
    for (const id of ready) {
      const unmet = this.#firstUnmet(this.#node(id).task);
      if (unmet) {
        skip.push(unmet);
        this.#ended.set(id, TaskStatus.Skipped);
        ready.push(...this.#settle(id));
      } else {
        start.push(id);
        this.#started.add(id);
      }
    }
    return { start, skip };
  }

  #firstUnmet(task: GraphTask): Skip | undefined {
    for (const [parent, required] of Object.entries(task.dependsOn)) {
      const parentStatus = this.#ended.get(parent) ?? TaskStatus.Unknown;
      if (!satisfies(parentStatus, required)) return { task: task.id, parent, required, parentStatus };
    }
    return undefined;
  }

  #node(id: string): Node {
    const node = this.#nodes.get(id);
    if (!node) throw new Error(`the graph has no task '${id}'`);
    return node;
  }
}

/**
 * A graph in few bytes, for a Temporal history: of each task its id, how it ended, if it has, and for each parent two
 * numbers: its place in the list and that of what is required of it in `REQUIREMENTS`.
 */
export interface EncodedGraph {
  readonly tasks: readonly (readonly [id: string, parents: readonly number[], ended?: TaskStatus])[];
}

/** The order is part of histories. */
const REQUIREMENTS: readonly ParentRequirement[] = ['any', 'success', 'failure', 'unknown'];

/** @throws Error for an unknown parent */
export function encodeGraph(tasks: readonly GraphTask[]): EncodedGraph {
  const places = new Map(tasks.map(({ id }, place) => [id, place]));
  const placeOf = (id: string): number => {
    const place = places.get(id);
    if (place === undefined) throw new Error(`the graph has no task '${id}'`);
    return place;
  };
  return {
    tasks: tasks.map(({ id, dependsOn, ended }) => {
      const edges = Object.entries(dependsOn);
      const parents = edges.flatMap(([parent, required]) => [placeOf(parent), REQUIREMENTS.indexOf(required)]);
      return ended ? [id, parents, ended] : [id, parents];
    }),
  };
}

export function decodeGraph({ tasks }: EncodedGraph): readonly GraphTask[] {
  return tasks.map(([id, parents, ended]) => {
    const dependsOn: Record<string, ParentRequirement> = {};
    for (let index = 0; index < parents.length; index += 2) {
      const parent = tasks[parents[index] ?? -1]?.[0] ?? '';
      dependsOn[parent] = REQUIREMENTS[parents[index + 1] ?? -1] ?? 'unknown';
    }
    return { id, dependsOn, ...(ended && { ended }) };
  });
}

/** What of a graph still matters: the tasks that have not ended, and how their parents did. */
export function remainingGraph(tasks: readonly GraphTask[]): readonly GraphTask[] {
  const needed = new Set<string>();
  for (const { id, dependsOn, ended } of tasks) {
    if (ended) continue;
    needed.add(id);
    for (const parent of Object.keys(dependsOn)) needed.add(parent);
  }
  return tasks.filter(({ id }) => needed.has(id)).map((task) => (task.ended ? { ...task, dependsOn: {} } : task));
}

/**
 * The tasks of a run that need not run again when it is run again from its failures: those that succeeded, and whose
 * parents all need not either. So a task that cleans up after a failure is judged anew, since the failure may not come back.
 */
export function keptTasks(tasks: readonly GraphTask[]): ReadonlySet<string> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const kept = new Set<string>();
  const dropped = new Set<string>();
  // Each task is looked at twice: before its parents, and once they are all decided.
  const open = tasks.map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (kept.has(id) || dropped.has(id)) continue;
    const task = byId.get(id);
    const parents = Object.keys(task?.dependsOn ?? {});
    if (task?.ended !== TaskStatus.Successful || parents.some((parent) => dropped.has(parent))) dropped.add(id);
    else if (parents.every((parent) => kept.has(parent))) kept.add(id);
    else open.push(id, ...parents);
  }
  return kept;
}

/** The tasks of a cycle in order, the first one repeated at the end (`a`, `b`, `a`); undefined if there is none. */
export function findCycle(tasks: readonly GraphTask[]): readonly string[] | undefined {
  const parentsOf = new Map(tasks.map((task) => [task.id, Object.keys(task.dependsOn)]));
  const finished = new Set<string>();
  for (const { id: root } of tasks) {
    const path: { id: string; next: number }[] = [{ id: root, next: 0 }];
    const onPath = new Set([root]);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const parent = finished.has(top.id) ? undefined : parentsOf.get(top.id)?.[top.next];
      top.next += 1;
      if (parent === undefined) {
        finished.add(top.id);
        onPath.delete(top.id);
        path.pop();
      } else if (onPath.has(parent)) {
        const cycle = path.slice(path.findIndex((step) => step.id === parent)).map((step) => step.id);
        return [...cycle, parent];
      } else if (!finished.has(parent)) {
        path.push({ id: parent, next: 0 });
        onPath.add(parent);
      }
    }
  }
  return undefined;
}
