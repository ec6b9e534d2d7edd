import { expect, test } from 'vitest';
import { pipelineOptionLines, taskOptionLines } from '../../../cli/output/options.ts';
import type { Config, Task } from '../../../sdk/wire.ts';

const task = (options: Partial<Task>) => taskOptionLines(options as Task);
const config = (options: Partial<Config>) => pipelineOptionLines({ parallelism: 0, ...options } as Config);

test('what is not set is not shown', () => {
  expect(task({})).toEqual([]);
  expect(task({ allow_failure: false })).toEqual([]);
  expect(config({})).toEqual([]);
});

test('every option of a task is shown', () => {
  const retries = { attempts: 3, delay: 0.5, exit_codes: [1, 75] };
  const limits = { cpu: 0.5, memory: 1_610_612_736, pids: 100 };
  expect(task({ retries, timeout: 600, stop_grace: 1, ...limits, allow_failure: true })).toEqual([
    'tried again 3 times on exit code 1, 75, after 0.5 s, 2 times as long each time, up to 300 s',
    'at most 600 secs an attempt',
    '1 sec to stop',
    'at most 0.5 CPUs, 1536 MiB, 100 processes',
    'may fail',
  ]);
  expect(task({ retries: { attempts: 1, backoff: 1 } })).toEqual([
    'tried again once, after 1 s, 1 times as long each time, up to 300 s',
  ]);
  expect(task({ retries: { attempts: 0, exit_codes: [1] } })[0]).toMatch(/^tried again if the infrastructure fails, /);
  expect(task({ memory: 6_291_457 })).toEqual(['at most 6291457 bytes']);
});

test('every option of a pipeline is shown', () => {
  expect(config({ parallelism: 1, on_limit: 'cancel_oldest', timeout: 60 })).toEqual([
    'at most 1 run at once',
    'at the limit a further one cancels the oldest',
    'at most 60 secs a run',
  ]);
});
