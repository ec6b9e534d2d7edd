import type { Graph } from './graph-model.ts';
import type { Layout } from './layout.ts';

/** Where an arrow key leads from a node: along an edge, or to the next one above or below in its layer. */
export function neighbour(graph: Graph, layout: Layout, from: string, key: string): string | undefined {
  const here = layout.places.get(from);
  if (!here) return undefined;
  const nearest = (ids: readonly string[]) =>
    ids.toSorted((a, b) => distance(a) - distance(b)).find((id) => layout.places.has(id));
  const distance = (id: string) => Math.abs((layout.places.get(id)?.y ?? Infinity) - here.y);
  switch (key) {
    case 'ArrowRight':
      return nearest(graph.edges.filter((edge) => edge.from === from).map((edge) => edge.to));
    case 'ArrowLeft':
      return nearest(graph.edges.filter((edge) => edge.to === from).map((edge) => edge.from));
    case 'ArrowDown':
    case 'ArrowUp': {
      const sign = key === 'ArrowDown' ? 1 : -1;
      const beside = [...layout.places].filter(([, { x, y }]) => x === here.x && (y - here.y) * sign > 0);
      return nearest(beside.map(([id]) => id));
    }
    default:
      return undefined;
  }
}
