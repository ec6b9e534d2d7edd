import type { TaskExecution } from '../../sdk/wire.ts';
import { type Tone, toneOfTask } from '../ui/tones.ts';

/** So many equal tasks are drawn as one, unless the reader opens them. */
const LEAST_GROUP = 6;

/** A task, or several that have the same parents, children and image. */
export interface GraphNode {
  /** The task's id; for a group, that of its first member behind `group:`. */
  readonly id: string;
  readonly label: string;
  readonly members: readonly TaskExecution[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly requires: string;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * The graph to draw: equal fan-outs are one node each, except for those that were opened.
 *
 * @param opened ids of group nodes
 */
export function buildGraph(executions: readonly TaskExecution[], opened: ReadonlySet<string>): Graph {
  const children = childrenOf(executions);
  const groups = new Map<string, TaskExecution[]>();
  for (const execution of executions) {
    const signature = signatureOf(execution, children);
    groups.set(signature, [...(groups.get(signature) ?? []), execution]);
  }
  const nodes = [...groups.values()].flatMap((members) => nodesOf(members, opened));
  const nodeOf = new Map(nodes.flatMap((node) => node.members.map(({ task_id }) => [task_id, node.id] as const)));
  const edges = new Map<string, GraphEdge>();
  for (const { task_id, task } of executions) {
    for (const [parent, requires] of Object.entries(task.depends_on)) {
      const edge = { from: nodeOf.get(parent) ?? parent, to: nodeOf.get(task_id) ?? task_id, requires };
      edges.set(`${edge.from}\n${edge.to}`, edge);
    }
  }
  return { nodes, edges: [...edges.values()] };
}

function nodesOf(members: readonly TaskExecution[], opened: ReadonlySet<string>): GraphNode[] {
  const id = `group:${members[0]?.task_id}`;
  if (members.length >= LEAST_GROUP && !opened.has(id)) return [{ id, label: groupLabel(members), members }];
  return members.map((member) => ({ id: member.task_id, label: member.task_id, members: [member] }));
}

function childrenOf(executions: readonly TaskExecution[]): ReadonlyMap<string, string[]> {
  const children = new Map<string, string[]>();
  for (const { task_id, task } of executions) {
    for (const [parent, requires] of Object.entries(task.depends_on)) {
      const known = children.get(parent);
      if (known) known.push(`${task_id}:${requires}`);
      else children.set(parent, [`${task_id}:${requires}`]);
    }
  }
  return children;
}

function signatureOf({ task_id, task }: TaskExecution, children: ReadonlyMap<string, string[]>): string {
  const parents = Object.entries(task.depends_on).map(([parent, requires]) => `${parent}:${requires}`);
  const below = children.get(task_id) ?? [];
  // Tasks that nothing binds are no fan-out.
  if (parents.length === 0 && below.length === 0) return task_id;
  return JSON.stringify([parents.toSorted(), below.toSorted(), task.image]);
}

/** What the ids of the members begin with, for example `shard-*`. */
function groupLabel(members: readonly TaskExecution[]): string {
  const [first = '', ...others] = members.map(({ task_id }) => task_id);
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return length === 0 ? `${first}, …` : `${first.slice(0, length)}*`;
}

/** How many members a node has in each state, the most urgent state first. */
export function countTones(members: readonly TaskExecution[]): [Tone, number][] {
  const counts = new Map<Tone, number>();
  for (const member of members) counts.set(toneOfTask(member), (counts.get(toneOfTask(member)) ?? 0) + 1);
  const order: Tone[] = ['bad', 'lost', 'run', 'prep', 'stop', 'wait', 'skip', 'ok'];
  return order.flatMap((tone) => (counts.has(tone) ? [[tone, counts.get(tone) ?? 0]] : []));
}

/** The state that a node shows: of a group, the most urgent among its members. */
export function toneOfNode({ members }: GraphNode): Tone {
  const tones = countTones(members);
  const [first] = tones;
  // A group is done when all of it is.
  return first?.[0] ?? 'wait';
}
