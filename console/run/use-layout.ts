import { useEffect, useMemo, useRef, useState } from 'react';
import type { Graph } from './graph-model.ts';
import { type Layout, layoutInput } from './layout.ts';

/**
 * The layout of a graph, from a worker. Until it has come, the one before is returned. Asked for again only when the graph
 * itself has changed, not the states of its tasks.
 */
export function useLayout(graph: Graph): Layout | undefined {
  const [layout, setLayout] = useState<Layout>();
  const worker = useRef<Worker>(undefined);
  const input = useMemo(() => layoutInput(graph), [graph]);
  const shape = JSON.stringify(input);

  useEffect(() => {
    const own = new Worker(new URL('layout.worker.ts', import.meta.url), { type: 'module' });
    own.addEventListener('message', ({ data }: MessageEvent<Layout>) => setLayout(data));
    worker.current = own;
    return () => own.terminate();
  }, []);

  useEffect(() => {
    worker.current?.postMessage(JSON.parse(shape));
  }, [shape]);

  return layout;
}
