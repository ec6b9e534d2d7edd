import { type Phase, type PhaseSpan, phasesOf } from '../../sdk/phases.ts';
import type { TaskExecution } from '../../sdk/wire.ts';
import { type Tone, toneOfStatus, toneOfTask } from '../ui/tones.ts';

export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  queue: 'waited for its turn',
  pull: 'fetched its image',
  start: 'started its container',
  run: 'ran',
  clean: 'cleaned up',
};

export interface Span extends PhaseSpan {
  /** How it did, for what ran. */
  readonly tone: Tone;
}

/** What a task has spent its time with so far, see `phasesOf`, and in which colours to show it. */
export function spansOf(execution: TaskExecution, ready: number): readonly Span[] {
  const tone = toneOfTask(execution);
  return phasesOf(execution, ready).map((span) => ({
    ...span,
    tone: span.endedAs === undefined ? tone : toneOfStatus(span.endedAs),
  }));
}
