import { type Tone, TONE_WORDS } from './tones.ts';

/** The shapes, on a square of 16 by 16. `solid` is filled, `line` drawn on it or alone. */
const SHAPES: Readonly<Record<Tone, { readonly solid?: string; readonly line: string }>> = {
  ok: { solid: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z', line: 'M4.8 8.2 7 10.4l4.2-4.6' },
  bad: { solid: 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2Z', line: 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8' },
  run: { line: 'M8 1.8A6.2 6.2 0 1 1 1.8 8' },
  prep: { line: 'M8 1.8a6.2 6.2 0 1 1-.01 0' },
  wait: { line: 'M8 1.8a6.2 6.2 0 1 1-.01 0M8 4.6V8l2.4 1.6' },
  stop: { solid: 'M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Z', line: 'M5 8h6' },
  skip: { line: 'M3 4l4 4-4 4m5-8 4 4-4 4' },
  lost: { solid: 'M8 .8 15.2 8 8 15.2.8 8Z', line: 'M8 4.8v3.6m0 2.3v.1' },
};

/** The shape of a tone as an SVG group, for drawings that have many. */
export function StatusShape({ tone }: { readonly tone: Tone }) {
  const { solid, line } = SHAPES[tone];
  return (
    <g className={`shape shape-${tone}`}>
      {solid && <path className="shape-solid" d={solid} />}
      <path className={solid ? 'shape-on-solid' : 'shape-line'} d={line} />
    </g>
  );
}

export function StatusIcon({ tone, label }: { readonly tone: Tone; readonly label?: string }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" role="img" aria-label={label ?? TONE_WORDS[tone]}>
      <StatusShape tone={tone} />
    </svg>
  );
}

/** The shape with its word. */
export function StatusBadge({ tone, word }: { readonly tone: Tone; readonly word?: string }) {
  return (
    <span className={`badge tone-${tone}`}>
      <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
        <StatusShape tone={tone} />
      </svg>
      {word ?? TONE_WORDS[tone]}
    </span>
  );
}
