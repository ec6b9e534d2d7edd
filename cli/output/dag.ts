import type { ParentRequirementDocument } from '../../sdk/wire.ts';
import { layersOf } from './layers.ts';
import type { Paint } from './paint.ts';

interface DagTask {
  readonly id: string;
  readonly depends_on: Readonly<Record<string, ParentRequirementDocument>>;
}

/** Of a wider layer only so many tasks are drawn. */
const MAX_WIDTH = 50;

const REQUIREMENTS = [
  { status: 'Success', words: (many: boolean) => (many ? 'succeed' : 'succeeds') },
  { status: 'Failure', words: (many: boolean) => (many ? 'fail' : 'fails') },
  { status: 'Any', words: (many: boolean) => (many ? 'end' : 'ends') },
] as const;

/**
 * A graph of tasks in layers from top to bottom: those of one may run at the same time, once what each names is over.
 *
 *     ● checkout
 *     │
 *     ├─● build   after checkout succeeds
 *     └─● lint    after checkout succeeds
 *     │
 *     ● publish   after build, lint succeed
 */
export function drawDag(tasks: readonly DagTask[], paint: Paint): string[] {
  const width = Math.max(0, ...tasks.map(({ id }) => id.length));
  return layersOf(tasks).flatMap((layer, index) => [
    ...(index === 0 ? [] : [paint('gray', '│')]),
    ...drawLayer(layer, width, paint),
  ]);
}

function drawLayer(layer: readonly DagTask[], width: number, paint: Paint): string[] {
  const shown = layer.slice(0, MAX_WIDTH);
  const more = layer.length - shown.length;
  const isAlone = layer.length === 1;
  const lines = shown.map((task, index) => {
    const isLast = index === layer.length - 1;
    const branch = isAlone ? '' : isLast ? '└─' : '├─';
    const after = requirementsOf(task);
    const label = `${paint('gray', branch)}● ${after === '' ? task.id : task.id.padEnd(width + (isAlone ? 2 : 0))}`;
    return after === '' ? label : `${label}   ${paint('gray', after)}`;
  });
  return more > 0 ? [...lines, paint('gray', `└─ … and ${more} more`)] : lines;
}

function requirementsOf({ depends_on: dependsOn }: DagTask): string {
  const parts = REQUIREMENTS.flatMap(({ status, words }) => {
    const parents = Object.keys(dependsOn).filter((parent) => dependsOn[parent] === status);
    if (parents.length === 0) return [];
    return [`${shorten(parents.toSorted())} ${words(parents.length > 1)}`];
  });
  return parts.length === 0 ? '' : `after ${parts.join(', and ')}`;
}

const MAX_PARENTS = 4;

function shorten(ids: readonly string[]): string {
  if (ids.length <= MAX_PARENTS) return ids.join(', ');
  return `${ids.slice(0, MAX_PARENTS - 1).join(', ')} and ${ids.length - MAX_PARENTS + 1} others`;
}
