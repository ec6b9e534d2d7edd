import { expect, test } from 'vitest';
import { taskLayout } from '../../../cli/output/task-layout.ts';
import type { TaskExecution } from '../../../sdk/wire.ts';

const plain: Parameters<typeof taskLayout>[1] = (_style, text) => text;
const time = { now: 1_000_000, detail: false };

function execution(more: Partial<TaskExecution>): TaskExecution {
  return {
    ...{
      namespace_id: 'default',
      pipeline_id: 'demo',
      run_id: 7,
      task_id: 'main',
      created: 0,
      started: 1,
      ended: 5_001,
    },
    ...{ exit_code: 137, logs_expired: false, logs_removed: false, state: 'complete', status: 'failed', variables: [] },
    task: {
      ...{ id: 'main', description: '', image: 'demo:1', registry_auth: null, depends_on: {}, variables: [] },
      ...{ entrypoint: null, command: null, inject_api_token: false, always_pull_newest_image: false },
    },
    ...more,
  };
}

const layout = (more: Partial<TaskExecution>) => taskLayout(execution(more), plain, time).join('\n');

test('says what brought a task to its end, with the limit that it hit or who it was', () => {
  const cause = { kind: 'out_of_memory', signal: 'KILL', memory: 64 } as const;
  expect(layout({ detail: { cause } })).toMatch(/Cause: +out of memory, signal KILL, limit 64 bytes/);
  expect(layout({ detail: { cause: { kind: 'cancelled', by: 'sam' } } })).toMatch(/Cause: +cancelled, by sam/);
  expect(layout({ detail: { cause: { kind: 'timed_out', timeout: 60 } } })).toMatch(/Cause: +timed out, limit 60 s/);
  expect(layout({})).not.toContain('Cause:');
});

test('lists the attempts before the last one', () => {
  const attempt = { started: 1_000, ended: 3_000, exit_code: 3, status: 'failed' } as const;
  const text = layout({
    detail: {
      attempt: 3,
      earlier_attempts: [
        { ...attempt, attempt: 1, status_reason: { reason: 'abnormal_exit', description: 'exit code 3' } },
        { ...attempt, attempt: 2, started: 0, status: 'unknown', status_reason: null },
      ],
    },
  });
  expect(text).toMatch(/Attempt: +3/);
  expect(text).toMatch(/Earlier Attempts\n {4}1 {2}failed +lasted .*exit code 3\n {4}2 {2}unknown +never started/);
});

test('says whose result it is if it was not run again', () => {
  expect(layout({ detail: { reused_from: 3 } })).toMatch(/Result Of: +run #3/);
});
