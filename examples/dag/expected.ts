import type { RunStatus, TaskStatus } from '../../core/states.ts';

/** How a run of the pipeline and each of its tasks must end. */
export const expected = {
  run: 'failed',
  tasks: {
    fetch: 'successful',
    compile: 'successful',
    'unit-tests': 'successful',
    lint: 'failed',
    package: 'successful',
    publish: 'skipped',
    alarm: 'successful',
    report: 'successful',
  },
} as const satisfies { run: RunStatus; tasks: Record<string, TaskStatus> };
