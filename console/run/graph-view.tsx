import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { TaskExecution } from '../../sdk/wire.ts';
import { Icon } from '../shell/icons.tsx';
import { StatusIcon } from '../ui/status.tsx';
import { TONE_WORDS } from '../ui/tones.ts';
import { Duration } from '../ui/time.tsx';
import { buildGraph, countTones, type Graph, type GraphEdge, type GraphNode, toneOfNode } from './graph-model.ts';
import { neighbour } from './graph-walk.ts';
import { type Layout, NODE_HEIGHT, NODE_WIDTH, type Point } from './layout.ts';
import { useLayout } from './use-layout.ts';
import { type PanZoom, usePanZoom } from './use-pan-zoom.ts';

/** Around the drawing, in pixels. */
const FRAME_MARGIN = 24;

interface GraphViewProps {
  readonly executions: readonly TaskExecution[];
  readonly selected: string | undefined;
  /** Tasks whose id contains this stand out. */
  readonly search: string;
  readonly onSelect: (task: string) => void;
}

/** The tasks of a run in layers, from left to right. */
export function GraphView({ executions, selected, search, onSelect }: GraphViewProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const graph = useMemo(() => buildGraph(executions, opened), [executions, opened]);
  const layout = useLayout(graph);
  const frame = useRef<HTMLDivElement>(null);
  const { view, zoom, fit, reveal, handlers } = usePanZoom(frame, layout?.width ?? 0, layout?.height ?? 0);
  const selectedNode = graph.nodes.find(({ members }) => members.some(({ task_id }) => task_id === selected))?.id;
  const place = selectedNode === undefined ? undefined : layout?.places.get(selectedNode);

  useEffect(() => {
    if (place) reveal(place.x, place.y);
  }, [place, reveal]);

  const choose = (node: GraphNode) => {
    if (node.members.length === 1) onSelect(node.id);
    else setOpened((old) => new Set([...old, node.id]));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const here = (event.target as HTMLElement).dataset['node'];
    const next = here !== undefined && layout && neighbour(graph, layout, here, event.key);
    if (!next) return;
    event.preventDefault();
    const target = layout.places.get(next);
    if (target) reveal(target.x, target.y);
    frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
  };

  return (
    <div
      className="graph"
      style={{ height: frameHeight(layout) }}
      ref={frame}
      {...handlers}
      onKeyDown={onKeyDown}
      role="group"
      aria-label="Graph of the tasks; the arrow keys go along it"
    >
      {layout && (
        <div
          className="graph-drawing"
          style={{
            transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            width: layout.width,
            height: layout.height,
          }}
        >
          <Edges graph={graph} layout={layout} />
          {graph.nodes.map((node, index) => (
            <Node
              key={node.id}
              node={node}
              at={layout.places.get(node.id)}
              selected={node.id === selectedNode}
              focusable={selectedNode === undefined ? index === 0 : node.id === selectedNode}
              dimmed={search !== '' && !node.members.some(({ task_id }) => task_id.includes(search))}
              onChoose={choose}
            />
          ))}
        </div>
      )}
      <GraphTools zoom={zoom} fit={fit} {...(opened.size > 0 && { collapse: () => setOpened(new Set()) })} />
    </div>
  );
}

interface GraphToolsProps extends Pick<PanZoom, 'zoom' | 'fit'> {
  /** Closes the groups that were opened. */
  readonly collapse?: () => void;
}

function GraphTools({ zoom, fit, collapse }: GraphToolsProps) {
  return (
    <div className="graph-tools">
      {collapse && (
        <button type="button" className="button button-small" onClick={collapse}>
          Collapse
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Zoom in"
        title="Zoom in (Ctrl and wheel)"
        onClick={() => zoom(1)}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Zoom out"
        title="Zoom out (Ctrl and wheel)"
        onClick={() => zoom(-1)}
      >
        <Icon name="minus" />
      </button>
      <button type="button" className="icon-button" aria-label="Show all" title="Show all" onClick={fit}>
        <Icon name="fit" />
      </button>
    </div>
  );
}

/** No higher than the drawing needs; the style sheet has the bounds. */
function frameHeight(layout: Layout | undefined): number | undefined {
  return layout && layout.height + 2 * FRAME_MARGIN;
}

const Edges = memo(function Edges({ graph, layout }: { readonly graph: Graph; readonly layout: Layout }) {
  return (
    <svg className="graph-edges" width={layout.width} height={layout.height} aria-hidden="true">
      {graph.edges.map((edge, index) => (
        <path
          key={`${edge.from}\n${edge.to}`}
          className={`edge edge-${edge.requires}`}
          d={curve(pointsOf(layout, edge, index))}
        />
      ))}
    </svg>
  );
});

/** From the right side of one node to the left side of another; the layout says how it gets past those between. */
function pointsOf(layout: Layout, { from, to }: GraphEdge, index: number): readonly Point[] {
  const start = layout.places.get(from);
  const end = layout.places.get(to);
  if (!start || !end) return [];
  const between = layout.lines[index]?.slice(1, -1) ?? [];
  return [
    { x: start.x + NODE_WIDTH / 2, y: start.y },
    ...between.filter(({ x }) => x > start.x + NODE_WIDTH / 2 && x < end.x - NODE_WIDTH / 2),
    { x: end.x - NODE_WIDTH / 2, y: end.y },
  ];
}

/** A soft line through points that go from left to right. */
function curve(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (!first) return '';
  let d = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of others) {
    const middle = (from.x + to.x) / 2;
    d += `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return d;
}

interface NodeProps {
  readonly node: GraphNode;
  readonly at: Point | undefined;
  readonly selected: boolean;
  readonly focusable: boolean;
  readonly dimmed: boolean;
  readonly onChoose: (node: GraphNode) => void;
}

const Node = memo(
  function Node({ node, at, selected, focusable, dimmed, onChoose }: NodeProps) {
    if (!at) return null;
    const tone = toneOfNode(node);
    const [only] = node.members;
    const isGroup = node.members.length > 1;
    const classes = [
      'node',
      `node-${tone}`,
      isGroup && 'node-group',
      selected && 'node-selected',
      dimmed && 'node-dimmed',
    ];
    return (
      <button
        type="button"
        className={classes.filter(Boolean).join(' ')}
        style={{ left: at.x - NODE_WIDTH / 2, top: at.y - NODE_HEIGHT / 2, width: NODE_WIDTH, height: NODE_HEIGHT }}
        data-node={node.id}
        tabIndex={focusable ? 0 : -1}
        aria-pressed={isGroup ? undefined : selected}
        title={isGroup ? `${node.label}: ${node.members.length} tasks` : node.label}
        onClick={() => onChoose(node)}
      >
        <StatusIcon tone={tone} />
        <span className="node-name">{node.label}</span>
        <span className="node-note">
          {isGroup ? <Counts members={node.members} /> : only && <TaskNote execution={only} />}
        </span>
      </button>
    );
  },
  (old, now) =>
    old.at === now.at &&
    old.selected === now.selected &&
    old.focusable === now.focusable &&
    old.dimmed === now.dimmed &&
    old.node.id === now.node.id &&
    old.node.members.length === now.node.members.length &&
    old.node.members.every((member, index) => member === now.node.members[index]),
);

function Counts({ members }: { readonly members: readonly TaskExecution[] }) {
  return (
    <>
      {countTones(members).map(([tone, count]) => (
        <span key={tone} className={`node-count tone-${tone}`}>
          {count} {TONE_WORDS[tone]}
        </span>
      ))}
    </>
  );
}

/** How long a task has taken, or what keeps it. */
function TaskNote({ execution }: { readonly execution: TaskExecution }) {
  const { state, started, ended, status, detail, exit_code: code } = execution;
  const attempt = (detail?.attempt ?? 1) > 1 ? `attempt ${detail?.attempt} · ` : '';
  if (state === 'waiting') return <>{waitingText(execution)}</>;
  if (state === 'processing') return <>{attempt + (detail?.message ?? 'preparing')}</>;
  if (started === 0) return <>{status === 'skipped' ? 'skipped' : (execution.status_reason?.description ?? status)}</>;
  return (
    <>
      {attempt}
      <Duration from={started} to={ended} />
      {status === 'failed' && code !== null && code !== undefined && ` · exit ${code}`}
    </>
  );
}

function waitingText({ detail }: TaskExecution): string {
  const parents = detail?.waiting_for ?? [];
  if (parents.length === 0) return 'waiting';
  return parents.length === 1 ? `for ${parents[0]}` : `for ${parents.length} tasks`;
}
