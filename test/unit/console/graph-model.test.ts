import { describe, expect, test } from 'vitest';
import { buildGraph, countTones, toneOfNode } from '../../../console/run/graph-model.ts';
import { spansOf } from '../../../console/run/phases.ts';
import { readyTimes } from '../../../sdk/phases.ts';
import type { TaskExecution } from '../../../sdk/wire.ts';

function execution(id: string, parents: readonly string[] = [], more: Partial<TaskExecution> = {}): TaskExecution {
  return {
    namespace_id: 'default',
    pipeline_id: 'p',
    run_id: 1,
    task_id: id,
    created: 100,
    started: 0,
    ended: 0,
    logs_expired: false,
    logs_removed: false,
    state: 'waiting',
    status: 'unknown',
    variables: [],
    task: {
      id,
      description: '',
      image: 'image',
      depends_on: Object.fromEntries(parents.map((parent) => [parent, 'success' as const])),
      variables: [],
      inject_api_token: false,
      always_pull_newest_image: false,
    },
    ...more,
  };
}

const shards = Array.from({ length: 8 }, (_, index) => execution(`shard-${index}`, ['build']));
const FAN = [
  execution('build'),
  ...shards,
  execution(
    'merge',
    shards.map(({ task_id }) => task_id),
  ),
];

describe('the graph of a run', () => {
  test('draws an equal fan-out as one node', () => {
    const { nodes, edges } = buildGraph(FAN, new Set());
    expect(nodes.map(({ label }) => label)).toEqual(['build', 'shard-*', 'merge']);
    expect(edges).toEqual([
      { from: 'build', to: 'group:shard-0', requires: 'success' },
      { from: 'group:shard-0', to: 'merge', requires: 'success' },
    ]);
  });

  test('draws its members when it was opened', () => {
    const { nodes, edges } = buildGraph(FAN, new Set(['group:shard-0']));
    expect(nodes).toHaveLength(10);
    expect(edges).toHaveLength(16);
  });

  test('leaves apart what differs in image or children', () => {
    const other = execution('shard-x', ['build']);
    const last = execution('shard-7', ['build'], { task: { ...other.task, id: 'shard-7', image: 'another' } });
    const labels = buildGraph([...FAN.filter(({ task_id }) => task_id !== 'shard-7'), last, other], new Set()).nodes;
    expect(labels.map(({ label }) => label)).toEqual(['build', 'shard-*', 'merge', 'shard-7', 'shard-x']);
  });

  test('shows of a group what is most urgent', () => {
    const members = [
      execution('a', [], { state: 'complete', status: 'successful' }),
      execution('b', [], { state: 'running' }),
      execution('c', [], { state: 'complete', status: 'failed' }),
    ];
    expect(countTones(members)).toEqual([
      ['bad', 1],
      ['run', 1],
      ['ok', 1],
    ]);
    expect(toneOfNode({ id: 'g', label: 'g', members: members.slice(0, 2) })).toBe('run');
  });
});

describe('the timeline of a task', () => {
  const executions = [
    execution('one', [], { started: 150, ended: 300, state: 'complete', status: 'successful' }),
    execution('two', [], { started: 160, ended: 400, state: 'complete', status: 'successful' }),
    execution('child', ['one', 'two'], { started: 450, state: 'running' }),
    execution('grandchild', ['child']),
  ];
  const ready = readyTimes(executions);
  const spans = (of: TaskExecution, from = ready.get(of.task_id) ?? 0) =>
    spansOf(of, from).map(({ phase, from: start, to }) => [phase, start, to]);

  test('begins when the last parent has ended', () => {
    expect([...ready.values()]).toEqual([100, 100, 400, 0]);
    expect(executions.slice(2).map((each) => spans(each))).toEqual([
      [
        ['queue', 400, 450],
        ['run', 450, 0],
      ],
      [],
    ]);
  });

  test('tells apart what its time went into', () => {
    const detail = { fetching: 120, starting: 200, settled: 420 };
    const whole = execution('all', [], { started: 250, ended: 400, state: 'complete', status: 'failed', detail });
    expect(spans(whole, 100)).toEqual([
      ['queue', 100, 120],
      ['pull', 120, 200],
      ['start', 200, 250],
      ['run', 250, 400],
      ['clean', 400, 420],
    ]);
  });

  test('has the attempts before', () => {
    const attempt = { attempt: 1, started: 150, ended: 200, exit_code: 1, status: 'failed' as const };
    const again = execution('again', [], { state: 'waiting', detail: { attempt: 2, earlier_attempts: [attempt] } });
    expect(spans(again, 100)).toEqual([
      ['run', 150, 200],
      ['queue', 200, 0],
    ]);
  });
});
