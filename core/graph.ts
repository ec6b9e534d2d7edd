import { TaskStatus, type ParentRequirement } from './states.ts';

/** A node of the graph: `dependsOn` maps parents to the outcome required of them. */
export interface GraphTask {
  readonly id: string;
  readonly dependsOn: Readonly<Record<string, ParentRequirement>>;
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
      this.#nodes.set(task.id, { task, children: [], openParents: Object.keys(task.dependsOn).length });
    }
    for (const task of tasks) {
      for (const parent of Object.keys(task.dependsOn)) this.#node(parent).children.push(task.id);
    }
  }

  /** The tasks without parents. */
  begin(): Decision {
    const roots = [...this.#nodes.values()].filter((node) => node.openParents === 0).map((node) => node.task.id);
    for (const root of roots) this.#started.add(root);
    return { start: roots, skip: [] };
  }

  /** Takes note of how a task ended, started or not. Skips spread from here to all tasks they doom. */
  finish(taskId: string, status: TaskStatus): Decision {
    const start: string[] = [];
    const skip: Skip[] = [];
    this.#ended.set(taskId, status);
    const settled = [taskId];
    for (let id = settled.pop(); id !== undefined; id = settled.pop()) {
      for (const childId of this.#node(id).children) {
        const child = this.#node(childId);
        child.openParents -= 1;
        if (child.openParents > 0 || this.#ended.has(childId)) continue;
        const unmet = this.#firstUnmet(child.task);
        if (unmet) {
          skip.push(unmet);
          this.#ended.set(childId, TaskStatus.Skipped);
          settled.push(childId);
        } else {
          start.push(childId);
          this.#started.add(childId);
        }
      }
    }
    return { start, skip };
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
