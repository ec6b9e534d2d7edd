interface Node {
  readonly id: string;
  readonly depends_on: Readonly<Record<string, unknown>>;
}

/**
 * The nodes of a graph by how many steps they are from a root at most, each layer in the order of ids. Parents that are
 * not among the nodes do not count; what is in a cycle comes last.
 */
export function layersOf<T extends Node>(nodes: readonly T[]): T[][] {
  const open = new Map(nodes.map((node) => [node.id, node]));
  const children = new Map<string, string[]>();
  const missing = new Map<string, number>();
  for (const { id, depends_on } of nodes) {
    const parents = Object.keys(depends_on).filter((parent) => open.has(parent));
    missing.set(id, parents.length);
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const layers: T[][] = [];
  let ready = nodes.filter(({ id }) => missing.get(id) === 0);
  while (ready.length > 0) {
    layers.push(ready.toSorted(byId));
    const next: T[] = [];
    for (const { id } of ready) {
      open.delete(id);
      for (const child of children.get(id) ?? []) {
        const left = (missing.get(child) ?? 0) - 1;
        missing.set(child, left);
        const node = open.get(child);
        if (left === 0 && node) next.push(node);
      }
    }
    ready = next;
  }
  return open.size > 0 ? [...layers, [...open.values()].toSorted(byId)] : layers;
}

function byId(one: Node, other: Node): number {
  return one.id < other.id ? -1 : 1;
}
