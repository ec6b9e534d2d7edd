import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { ApiError } from '../../sdk/errors.ts';

/** A short text with a button that copies it. */
export function Copyable({ text, label = text }: { readonly text: string; readonly label?: ReactNode }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <span className="copyable">
      <code>{label}</code>
      <button type="button" className="copy" onClick={copy} aria-label={`copy ${text}`}>
        {copied ? 'copied' : 'copy'}
      </button>
    </span>
  );
}

/** What to do where there is nothing yet: a sentence and the command that changes it. */
export function Empty({ children, command }: { readonly children: ReactNode; readonly command?: string }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {command !== undefined && <Copyable text={command} />}
    </div>
  );
}

/** What went wrong, with the id by which the server's log has it. */
export function ErrorNote({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div className="note note-bad" role="alert">
      <p className="note-text">{message}</p>
      {error instanceof ApiError && error.requestId !== undefined && (
        <p className="quiet">
          Request <Copyable text={error.requestId} />
        </p>
      )}
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The outline of so many lines that are still to come, so that nothing jumps when they do. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className="loading" role="status" aria-label="loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="loading-line" />
      ))}
    </div>
  );
}

interface Answered<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** The answer of a query, or what there is instead of it. An old answer counts for more than a new error. */
export function Answer<T>({
  query,
  lines,
  children,
}: {
  readonly query: Answered<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  return <Loading {...(lines !== undefined && { lines })} />;
}

/** A part of a page with a heading. */
export function Panel({
  title,
  aside,
  children,
  className = '',
}: {
  readonly title: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A line of a `<dl className="facts">`. */
export function Fact({
  name,
  when = true,
  children,
}: {
  readonly name: string;
  readonly when?: boolean;
  readonly children: ReactNode;
}) {
  if (!when) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A modal dialog; Escape closes it, and the focus goes back to where it was. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** A button that asks once more before it does something that cannot be undone. */
export function ConfirmButton({
  children,
  question,
  confirm,
  onConfirm,
  disabled,
  danger = true,
}: {
  readonly children: ReactNode;
  readonly question: ReactNode;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly disabled?: boolean;
  readonly danger?: boolean;
}) {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <>
      <button
        type="button"
        className={danger ? 'button button-danger' : 'button'}
        disabled={disabled}
        onClick={() => setAsking(true)}
      >
        {children}
      </button>
      {asking && (
        <Dialog title={confirm} onClose={close}>
          <p>{question}</p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={close}>
              Back
            </button>
            <button
              type="button"
              className={danger ? 'button button-danger-solid' : 'button button-primary'}
              onClick={() => {
                close();
                onConfirm();
              }}
            >
              {confirm}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
