import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useSyncExternalStore } from 'react';
import type { ConsoleSession } from '../../sdk/wire.ts';
import { events } from '../data/live.ts';
import { isRefusal, may, sessionQuery, signOut } from '../data/session.ts';
import type { LiveState } from '../data/event-stream.ts';
import { tellError } from '../ui/toast.tsx';
import { Icon, Logo } from './icons.tsx';
import { ThemeSwitch } from './theme.tsx';

/** Without the events, everything shown is asked for again after so long, in milliseconds. */
const POLL_MS = 5_000;

const SECTIONS = [
  { to: '/', name: 'Overview', icon: 'overview', exact: true, visible: () => true },
  { to: '/events', name: 'Events', icon: 'events', exact: false, visible: mayReadEvents },
  {
    to: '/extensions',
    name: 'Extensions',
    icon: 'extensions',
    exact: false,
    visible: (session: ConsoleSession) => may(session, 'read', { name: 'extensions' }),
  },
  {
    to: '/admin',
    name: 'Administration',
    icon: 'admin',
    exact: false,
    visible: (session: ConsoleSession) => may(session, 'read', { name: 'permissions' }),
  },
] as const;

function mayReadEvents(session: ConsoleSession): boolean {
  return may(session, 'read', { name: 'events' });
}

/** What is around every page: where one can go, who one is, and whether what is shown is up to date. */
export function Shell() {
  const { data: session, error } = useQuery(sessionQuery);
  useReturnToLogin(isRefusal(error));
  useLiveData(session);
  useSlashKey();
  if (!session) return null;
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link to="/" className="brand" search={{}}>
          <Logo />
          <span>Gofer</span>
        </Link>
        <nav className="sections" aria-label="Sections">
          {SECTIONS.filter(({ visible }) => visible(session)).map(({ to, name, icon, exact }) => (
            <Link
              key={to}
              to={to}
              search={{}}
              activeOptions={{ exact, includeSearch: false }}
              className="section"
              activeProps={{ className: 'section section-here' }}
            >
              <Icon name={icon} />
              <span>{name}</span>
            </Link>
          ))}
        </nav>
        <div className="top-end">
          <LiveDot />
          <ThemeSwitch />
          <Account session={session} />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** Sends whoever is signed in no more to sign in again, and from there back to where they wanted to go. */
function useReturnToLogin(ended: boolean): void {
  const router = useRouter();
  useEffect(() => {
    // Until the other page is there, this one hears of the new address: it must not be sent back to that.
    if (ended) void router.navigate({ to: '/login', search: { to: router.state.location.href }, replace: true });
  }, [ended, router]);
}

function useLiveData(session: ConsoleSession | undefined): void {
  const client = useQueryClient();
  const listens = session !== undefined && mayReadEvents(session);
  const polls = session !== undefined && !listens;
  useEffect(() => {
    if (!listens) return undefined;
    events.start();
    return () => events.stop();
  }, [listens]);
  useEffect(() => {
    if (!polls) return undefined;
    const timer = setInterval(() => void client.invalidateQueries(), POLL_MS);
    return () => clearInterval(timer);
  }, [polls, client]);
}

/** The key `/` leads to the search, from wherever nothing is being typed. */
function useSlashKey(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      void navigate({ to: '/', search: {} }).then(() => {
        requestAnimationFrame(() => document.getElementById('pipeline-search')?.focus());
      });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate]);
}

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'reconnecting',
  off: 'every 5 s',
};

function LiveDot() {
  const state = useSyncExternalStore(events.watch, () => events.state);
  return (
    <span className={`live live-${state}`} role="status" title="Whether what is shown follows what happens">
      <span className="live-dot" aria-hidden="true" />
      <span className="live-word">{LIVE_WORDS[state]}</span>
    </span>
  );
}

function Account({ session }: { readonly session: ConsoleSession }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const leave = async () => {
    await signOut();
    events.stop();
    client.clear();
    await navigate({ to: '/login', search: {} });
  };
  return (
    <>
      <span className="account" title={`Roles: ${session.roles.map(({ id }) => id).join(', ')}`}>
        {session.user}
      </span>
      <button
        type="button"
        className="icon-button"
        onClick={() => void leave().catch(tellError)}
        aria-label="Sign out"
        title="Sign out"
      >
        <Icon name="leave" />
      </button>
    </>
  );
}
