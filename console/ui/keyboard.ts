import type { KeyboardEvent } from 'react';

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/**
 * For the `onKeyDown` of what contains rows (elements with `data-row` that can have the focus): the arrows go from one to the
 * next, Home and End to the first and last.
 */
export function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')];
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const step = STEPS[event.key];
  const target =
    step !== undefined
      ? rows[here < 0 ? 0 : here + step]
      : event.key === 'Home' && here >= 0
        ? rows[0]
        : event.key === 'End' && here >= 0
          ? rows.at(-1)
          : undefined;
  if (!target) return;
  event.preventDefault();
  target.focus();
}
