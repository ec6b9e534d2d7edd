import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Event } from '../../sdk/wire.ts';
import { Icon } from '../shell/icons.tsx';
import { Empty, Loading } from '../ui/basics.tsx';
import { moveAmongRows } from '../ui/keyboard.ts';
import { oneOf } from '../ui/search.ts';
import { StatusIcon } from '../ui/status.tsx';
import { exactTime, Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { describeEvent, type Description, TOPICS } from './describe-event.ts';
import { useRecentEvents } from './recent-events.ts';
import '../styles/events.css';

const SHOWN = 400;

/** What happens, as it happens. */
export function EventsPage() {
  useTitle('Events');
  const { kind, q = '' } = useSearch({ from: '/shell/events' });
  const navigate = useNavigate({ from: '/events' });
  const [paused, setPaused] = useState(false);
  const { list, held, loading } = useRecentEvents(paused);
  const shown = useMemo(() => {
    const wanted = q.toLowerCase();
    return list
      .map((event) => ({ event, description: describeEvent(event) }))
      .filter(({ description }) => kind === undefined || description.topic === kind)
      .filter(({ description: { subject, text } }) => `${subject} ${text}`.toLowerCase().includes(wanted))
      .slice(0, SHOWN);
  }, [list, kind, q]);
  return (
    <div className="page">
      <header className="head">
        <div className="head-line">
          <h1>Events</h1>
          <div className="head-actions">
            <button type="button" className="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
              {paused ? `Go on${held > 0 ? ` (${held} new)` : ''}` : 'Pause'}
            </button>
          </div>
        </div>
      </header>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label className="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Namespace, pipeline, run, task …"
            aria-label="Search the events"
            value={q}
            onChange={({ target }) =>
              void navigate({ search: (old) => ({ ...old, q: target.value || undefined }), replace: true })
            }
          />
        </label>
        <label className="filter">
          <span>About</span>
          <select
            value={kind ?? ''}
            onChange={({ target }) =>
              void navigate({ search: (old) => ({ ...old, kind: oneOf(TOPICS, target.value) }), replace: true })
            }
          >
            <option value="">everything</option>
            {TOPICS.map((topic) => (
              <option key={topic}>{topic}</option>
            ))}
          </select>
        </label>
      </form>
      {loading && list.length === 0 ? (
        <Loading lines={12} />
      ) : shown.length === 0 ? (
        <Empty command="gofer event list">
          Nothing like that has happened lately. The CLI has all events that are kept:
        </Empty>
      ) : (
        <ul className="events panel" onKeyDown={moveAmongRows}>
          {shown.map(({ event, description }) => (
            <li key={event.id}>
              <EventRow event={event} description={description} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function EventRow({ event, description }: { readonly event: Event; readonly description: Description }) {
  const { tone, text } = description;
  return (
    <div className="event">
      <span className="event-time quiet" title={exactTime(event.emitted)}>
        <Time at={event.emitted} />
      </span>
      {tone ? <StatusIcon tone={tone} /> : <span className="event-dot" aria-hidden="true" />}
      <span className="event-text">{text}</span>
      <span className="event-subject">
        <Subject description={description} />
      </span>
    </div>
  );
}

/** A link to what an event is about, if that has a page. */
function Subject({ description }: { readonly description: Description }) {
  const { namespace, pipeline, run, task, extension, subject } = description;
  if (namespace !== undefined && pipeline !== undefined && run !== undefined) {
    return (
      <Link
        data-row
        className="link"
        to="/pipelines/$namespace/$pipeline/runs/$run"
        params={{ namespace, pipeline, run: String(run) }}
        search={task === undefined ? {} : { task }}
      >
        {subject}
      </Link>
    );
  }
  if (namespace !== undefined && pipeline !== undefined) {
    return (
      <Link data-row className="link" to="/pipelines/$namespace/$pipeline" params={{ namespace, pipeline }} search={{}}>
        {subject}
      </Link>
    );
  }
  if (extension !== undefined) {
    return (
      <Link data-row className="link" to="/extensions/$extension" params={{ extension }}>
        {subject}
      </Link>
    );
  }
  return subject;
}
