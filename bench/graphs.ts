import type { TaskDocument } from '../core/pipeline-config.ts';

/** Large graphs whose tasks do nothing. */
export const GRAPHS = {
  /** One task, and all others after it. */
  fan: (size: number): TaskDocument[] => [task('t0'), ...range(1, size).map((n) => task(`t${n}`, ['t0']))],
  chain: (size: number): TaskDocument[] => range(0, size).map((n) => task(`t${n}`, n > 0 ? [`t${n - 1}`] : [])),
  /** Layers of a hundred, in which each task has three parents in the layer before; always the same ones. */
  layers: (size: number): TaskDocument[] =>
    range(0, size).map((n) => {
      const before = (Math.floor(n / LAYER) - 1) * LAYER;
      return task(`t${n}`, before < 0 ? [] : [7, 31, 53].map((step) => `t${before + ((n * step) % LAYER)}`));
    }),
} as const;
const LAYER = 100;

function task(id: string, parents: readonly string[] = []): TaskDocument {
  return {
    id,
    image: 'gofer/base:1',
    depends_on: Object.fromEntries(parents.map((parent) => [parent, 'Success'])),
    variables: {},
    command: ['true'],
    inject_api_token: false,
    always_pull_newest_image: false,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
