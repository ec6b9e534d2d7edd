import type { Extension } from '../../sdk/wire.ts';
import { StatusBadge } from '../ui/status.tsx';
import type { Tone } from '../ui/tones.ts';

const TONES: Readonly<Record<Extension['state'], Tone>> = {
  running: 'ok',
  processing: 'prep',
  exited: 'bad',
  unknown: 'lost',
};

/** Whether an extension runs, or is not meant to. */
export function ExtensionState({ extension }: { readonly extension: Extension }) {
  if (extension.registration.status === 'disabled') return <StatusBadge tone="skip" word="disabled" />;
  const words = { running: 'running', processing: 'starting', exited: 'stopped', unknown: 'unknown' } as const;
  return <StatusBadge tone={TONES[extension.state]} word={words[extension.state]} />;
}
