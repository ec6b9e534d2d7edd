import { Link } from '@tanstack/react-router';
import type { ScheduledStart } from '../../sdk/wire.ts';
import { Icon } from '../shell/icons.tsx';
import { Time } from '../ui/time.tsx';
import { SHOWN } from './run-list.tsx';

/** What starts by itself next, and when. */
export function StartList({ starts }: { readonly starts: readonly ScheduledStart[] }) {
  if (starts.length === 0) {
    return <p className="quiet panel-empty">Nothing. Subscribe a pipeline to cron or interval to have it started.</p>;
  }
  return (
    <ul className="rows">
      {starts.slice(0, SHOWN).map((start) => (
        <li key={`${start.namespace_id}/${start.pipeline_id}/${start.extension_id}/${start.subscription_id}`}>
          <StartLine start={start} />
        </li>
      ))}
    </ul>
  );
}

function StartLine({ start }: { readonly start: ScheduledStart }) {
  const { namespace_id: namespace, pipeline_id: pipeline, extension_id, subscription_id, at } = start;
  return (
    <Link
      data-row
      className="row run-line"
      to="/pipelines/$namespace/$pipeline"
      params={{ namespace, pipeline }}
      search={{ tab: 'subscriptions' }}
    >
      <Icon name="clock" />
      <span className="run-line-name">
        {namespace !== 'default' && <span className="quiet">{namespace}/</span>}
        {pipeline}{' '}
        <span className="quiet">
          {extension_id}/{subscription_id}
        </span>
      </span>
      <span className="run-line-time quiet">
        <Time at={at} />
      </span>
    </Link>
  );
}
