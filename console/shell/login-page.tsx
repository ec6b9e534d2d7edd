import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { isRefusal, sessionQuery, signIn } from '../data/session.ts';
import { ErrorNote } from '../ui/basics.tsx';
import { Logo } from './icons.tsx';
import { ThemeSwitch } from './theme.tsx';

export function LoginPage() {
  const { to } = useSearch({ from: '/login' });
  const router = useRouter();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // There is nothing else to do here.
  useEffect(() => input.current?.focus(), []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    setBusy(true);
    setError(undefined);
    try {
      const session = await signIn(typeof token === 'string' ? token.trim() : '');
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      router.history.push(ownPath(to));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <main className="login">
      <form className="login-card" onSubmit={(event) => void submit(event)}>
        <h1 className="login-title">
          <Logo /> Gofer
        </h1>
        <label className="field">
          <span>Token</span>
          <input name="token" type="password" autoComplete="current-password" required ref={input} spellCheck={false} />
        </label>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        {error !== undefined &&
          (isRefusal(error) ? (
            <p className="note note-bad" role="alert">
              This token is unknown, disabled or has expired.
            </p>
          ) : (
            <ErrorNote error={error} />
          ))}
        <div className="login-help">
          <p>
            The token of the CLI will do. <code>gofer service start</code> keeps its first one in the file{' '}
            <code>token</code> of its data folder.
          </p>
        </div>
      </form>
      <div className="login-theme">
        <ThemeSwitch />
      </div>
    </main>
  );
}

/** Where to go behind the sign-in: nowhere but to pages of our own, whatever a link says. */
function ownPath(to: string | undefined): string {
  if (to === undefined) return '/';
  const url = new URL(to, location.origin);
  return url.origin === location.origin ? `${url.pathname}${url.search}${url.hash}` : '/';
}
