import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { ErrorNote } from '../ui/basics.tsx';

export function MissingPage() {
  return (
    <main className="odd-page">
      <h1>There is no such page</h1>
      <p>
        <Link to="/" className="link">
          Back to the overview
        </Link>
      </p>
    </main>
  );
}

export function FailedPage({ error, reset }: ErrorComponentProps) {
  return (
    <main className="odd-page">
      <h1>This page could not be shown</h1>
      <ErrorNote error={error} retry={reset} />
    </main>
  );
}
