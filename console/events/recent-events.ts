import { useEffect, useReducer, useRef } from 'react';
import type { Event } from '../../sdk/wire.ts';
import { events } from '../data/live.ts';

/** How many of the past are asked for, and how many are kept at most. */
const PAST = 300;
const MOST = 2_000;

export interface RecentEvents {
  /** The newest first. */
  readonly list: readonly Event[];
  /** How many came while the list stood still. */
  readonly held: number;
  /** Whether the past is still being read. */
  readonly loading: boolean;
}

interface State extends RecentEvents {
  readonly waiting: readonly Event[];
}

type Change =
  | { readonly past: readonly Event[] }
  | { readonly news: readonly Event[]; readonly paused: boolean }
  | 'resume';

function apply(state: State, change: Change): State {
  if (change === 'resume') return { ...state, list: merge(state.waiting, state.list), waiting: [], held: 0 };
  if ('past' in change) return { ...state, list: merge(state.list, change.past), loading: false };
  if (!change.paused) return { ...state, list: merge(change.news, state.list) };
  const waiting = merge(change.news, state.waiting);
  return { ...state, waiting, held: waiting.length };
}

function merge(newer: readonly Event[], older: readonly Event[]): readonly Event[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))].slice(0, MOST);
}

/** The last events, and those that happen; with `paused` the list stands still. */
export function useRecentEvents(paused: boolean): RecentEvents {
  const [state, change] = useReducer(apply, { list: [], waiting: [], held: 0, loading: true });
  const standsStill = useRef(paused);
  useEffect(() => {
    standsStill.current = paused;
    if (!paused) change('resume');
  }, [paused]);

  useEffect(() => {
    // A busy server has hundreds of events a second: they are shown in bundles.
    let bundle: Event[] = [];
    const timer = setInterval(() => {
      if (bundle.length === 0) return;
      change({ news: bundle, paused: standsStill.current });
      bundle = [];
    }, 200);
    const stopListening = events.listen((event) => {
      bundle = [event, ...bundle].slice(0, MOST);
    });
    const stopReading = readPast((past) => change({ past }));
    return () => {
      clearInterval(timer);
      stopListening();
      stopReading();
    };
  }, []);
  return state;
}

/** Reads the newest events of the past over a web socket of its own. */
function readPast(tell: (past: readonly Event[]) => void): () => void {
  const socket = new WebSocket(
    new URL('/api/events?history=true&reverse=true', location.origin.replace(/^http/, 'ws')),
  );
  const past: Event[] = [];
  socket.addEventListener('message', ({ data }) => {
    if (past.length >= PAST) socket.close();
    else past.push(JSON.parse(String(data)) as Event);
  });
  socket.addEventListener('close', () => tell(past));
  return () => socket.close();
}
