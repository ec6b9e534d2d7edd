import type { RunRef } from '../../core/ids.ts';
import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import type { RunStatus, TaskStatus } from '../../core/states.ts';
import { pipelineOf, shellTask } from '../helpers/gofer.ts';

/** What a task has to come to, and what it has to print in its last attempt; undefined if that depends on the moment. */
interface ExpectedTask {
  readonly status: TaskStatus;
  readonly log?: string;
}

/** One kind of run, and how it has to end whatever is killed meanwhile. */
export interface Kind {
  readonly document: PipelineDocument;
  readonly run: RunStatus;
  readonly tasks: Readonly<Record<string, ExpectedTask>>;
  /** Cancelled by the test after so many milliseconds. */
  readonly cancelAfterMs?: number;
}

export interface StartedRun {
  readonly ref: RunRef;
  readonly kind: Kind;
}

/** No failure of their own is tried again, but whatever the infrastructure does to them is. */
const RETRIES = { retries: { attempts: 0, delay: 0.2, max_delay: 2 } };

/** Prints numbered lines and ends them with how many there were. */
function count(id: string, lines: number, more: Partial<TaskDocument> = {}): TaskDocument {
  const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "${id} $i"; [ $((i % 25)) = 0 ] && sleep 0.05; done; echo "end $i"`;
  return shellTask(id, script, { ...RETRIES, ...more });
}

function counted(id: string, lines: number): ExpectedTask {
  const printed = Array.from({ length: lines }, (_, index) => `${id} ${index + 1}\n`).join('');
  return { status: 'successful', log: `${printed}end ${lines}\n` };
}

function chain(): Kind {
  const document = pipelineOf(
    'chaos-chain',
    count('one', 50),
    count('two', 400, { depends_on: { one: 'Success' } }),
    count('three', 100, { depends_on: { two: 'Success' } }),
  );
  return {
    document,
    run: 'successful',
    tasks: { one: counted('one', 50), two: counted('two', 400), three: counted('three', 100) },
  };
}

function fan(): Kind {
  const branches = ['a', 'b', 'c', 'd'];
  const document = pipelineOf(
    'chaos-fan',
    count('root', 25),
    ...branches.map((id) => count(id, 150, { depends_on: { root: 'Success' } })),
    count('join', 25, { depends_on: Object.fromEntries(branches.map((id) => [id, 'Success'])) }),
  );
  const tasks = Object.fromEntries(branches.map((id) => [id, counted(id, 150)]));
  return { document, run: 'successful', tasks: { root: counted('root', 25), ...tasks, join: counted('join', 25) } };
}

function failing(): Kind {
  const document = pipelineOf(
    'chaos-fails',
    shellTask('bad', 'echo trying; exit 3', { retries: { attempts: 1, delay: 0.1 } }),
    count('rescue', 25, { depends_on: { bad: 'Failure' } }),
    count('never', 25, { depends_on: { bad: 'Success' } }),
  );
  return {
    document,
    run: 'failed',
    tasks: { bad: { status: 'failed', log: 'trying\n' }, rescue: counted('rescue', 25), never: { status: 'skipped' } },
  };
}

/** One at a time, so that a place that is lost would stop all that follow. */
function limited(): Kind {
  const document = { ...pipelineOf('chaos-limited', count('only', 60)), parallelism: 1 };
  return { document, run: 'successful', tasks: { only: counted('only', 60) } };
}

function slow(): Kind {
  const document = pipelineOf('chaos-slow', shellTask('slow', 'sleep 600', { ...RETRIES, timeout: 3, stop_grace: 0 }));
  return { document, run: 'failed', tasks: { slow: { status: 'failed' } } };
}

function cancelled(): Kind {
  const document = pipelineOf(
    'chaos-cancelled',
    shellTask('long', 'sleep 600', RETRIES),
    count('after', 25, { depends_on: { long: 'Any' } }),
  );
  return {
    document,
    run: 'cancelled',
    tasks: { long: { status: 'cancelled' }, after: { status: 'cancelled' } },
    cancelAfterMs: 1500,
  };
}

export const KINDS: readonly [Kind, ...Kind[]] = [chain(), fan(), failing(), limited(), slow(), cancelled()];
