import { useSyncExternalStore } from 'react';
import { ApiError } from '../../sdk/errors.ts';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

const SHOWN_MS = 6_000;

let toasts: readonly Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const watcher of watchers) watcher();
}

function show(text: string, bad: boolean): void {
  const toast = { id: next++, text, bad };
  change([...toasts, toast]);
  // What went wrong stays until somebody has read it.
  if (!bad) setTimeout(() => dismiss(toast.id), SHOWN_MS);
}

function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Says that something has been done. */
export function tell(text: string): void {
  show(text, false);
}

/** Says that something went wrong, with the id of the request. */
export function tellError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  show(
    error instanceof ApiError && error.requestId !== undefined ? `${message} (request ${error.requestId})` : message,
    true,
  );
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={toast.bad ? 'toast toast-bad' : 'toast'}>
          <span>{toast.text}</span>
          <button type="button" className="toast-close" aria-label="dismiss" onClick={() => dismiss(toast.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
