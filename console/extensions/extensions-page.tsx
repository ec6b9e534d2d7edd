import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Extension } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { Icon } from '../shell/icons.tsx';
import { Answer, Empty } from '../ui/basics.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { ExtensionState } from './extension-state.tsx';
import { InstallDialog } from './install-dialog.tsx';
import { extensionsQuery } from './queries.ts';
import '../styles/pipeline.css';

/** The programs that start runs on events. */
export function ExtensionsPage() {
  useTitle('Extensions');
  const query = useQuery(extensionsQuery);
  const { data: session } = useQuery(sessionQuery);
  const [installing, setInstalling] = useState(false);
  return (
    <div className="page">
      <header className="head">
        <div className="head-line">
          <h1>Extensions</h1>
          <div className="head-actions">
            {session?.administrator && (
              <button type="button" className="button button-primary" onClick={() => setInstalling(true)}>
                <Icon name="plus" /> Install
              </button>
            )}
          </div>
        </div>
        <p className="head-text">
          Programs that start runs on events, such as a time, a webhook or the end of another run.
        </p>
      </header>
      <Answer query={query}>
        {({ extensions }) => {
          if (extensions.length === 0) {
            return (
              <Empty command="gofer extension install cron builtin/cron">
                No extension is installed. One that starts runs by the clock:
              </Empty>
            );
          }
          return (
            <ul className="cards">
              {extensions
                .toSorted((a, b) => (a.registration.extension_id < b.registration.extension_id ? -1 : 1))
                .map((extension) => (
                  <li key={extension.registration.extension_id}>
                    <Card extension={extension} />
                  </li>
                ))}
            </ul>
          );
        }}
      </Answer>
      {installing && <InstallDialog onClose={() => setInstalling(false)} />}
    </div>
  );
}

function Card({ extension }: { readonly extension: Extension }) {
  const { extension_id: id, image } = extension.registration;
  const [firstLine = ''] = extension.documentation.body.replace(/^#.*\n+/, '').split('\n');
  return (
    <Link to="/extensions/$extension" params={{ extension: id }} className="panel card card-link">
      <span className="panel-head">
        <strong>{id}</strong>
        <ExtensionState extension={extension} />
      </span>
      <span className="card-body">
        {firstLine !== '' && <span>{firstLine.replaceAll(/`|\*\*/g, '')}</span>}
        {extension.detail?.message && <span className="quiet">{extension.detail.message}</span>}
        <span className="quiet">
          <code>{image}</code>
          {extension.started > 0 && (
            <>
              {' · started '}
              <Time at={extension.started} />
            </>
          )}
        </span>
      </span>
    </Link>
  );
}
