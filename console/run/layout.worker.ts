import { Graph, layout } from '@dagrejs/dagre';
import { type Layout, type LayoutInput, NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.ts';

/** From so many nodes on, the layers are found in the quick way. */
const MANY_NODES = 150;

self.addEventListener('message', ({ data }: MessageEvent<LayoutInput>) => {
  self.postMessage(arrange(data));
});

/** Lays a graph out in layers from left to right. In a worker, because it takes a while for a thousand tasks. */
function arrange({ nodes, edges }: LayoutInput): Layout {
  const graph = new Graph();
  const ranker = nodes.length > MANY_NODES ? 'longest-path' : 'network-simplex';
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 56, edgesep: 8, marginx: 24, marginy: 24, ranker });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const [from, to] of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    places: new Map(nodes.map((id) => [id, pointOf(graph.node(id))])),
    lines: edges.map(([from, to]) => (graph.edge(from, to)?.points ?? []).map(pointOf)),
    width,
    height,
  };
}

function pointOf({ x, y }: { x?: number; y?: number }): Point {
  return { x: Math.round(x ?? 0), y: Math.round(y ?? 0) };
}
