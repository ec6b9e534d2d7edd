import type { Graph } from './graph-model.ts';

/** The size of a node, in pixels. */
export const NODE_WIDTH = 188;
export const NODE_HEIGHT = 46;

/** What the layout needs to know of a graph; also what goes to the worker. */
export interface LayoutInput {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** The middles of the nodes. */
  readonly places: ReadonlyMap<string, Point>;
  /** What the lines go through, in the order of the edges. */
  readonly lines: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

export function layoutInput({ nodes, edges }: Graph): LayoutInput {
  return { nodes: nodes.map(({ id }) => id), edges: edges.map(({ from, to }) => [from, to] as const) };
}
