import type { Run, RunSummary, TaskExecution } from '../../sdk/wire.ts';

/** How something is, by what it means to the reader. Each has a colour and a shape of its own. */
export type Tone = 'ok' | 'bad' | 'run' | 'prep' | 'wait' | 'stop' | 'skip' | 'lost';

export const TONE_WORDS: Readonly<Record<Tone, string>> = {
  ok: 'successful',
  bad: 'failed',
  run: 'running',
  prep: 'preparing',
  wait: 'waiting',
  stop: 'cancelled',
  skip: 'skipped',
  lost: 'unknown',
};

export function toneOfRun({ state, status }: Pick<Run | RunSummary, 'state' | 'status'>): Tone {
  if (state === 'pending') return 'wait';
  if (state === 'running') return 'run';
  return toneOfStatus(status);
}

export function toneOfTask({ state, status }: Pick<TaskExecution, 'state' | 'status'>): Tone {
  if (state === 'waiting') return 'wait';
  if (state === 'processing') return 'prep';
  if (state === 'running') return 'run';
  return toneOfStatus(status);
}

export function toneOfStatus(status: TaskExecution['status']): Tone {
  switch (status) {
    case 'successful':
      return 'ok';
    case 'failed':
      return 'bad';
    case 'cancelled':
      return 'stop';
    case 'skipped':
      return 'skip';
    case 'unknown':
      return 'lost';
  }
}
