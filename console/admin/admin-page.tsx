import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { sessionQuery } from '../data/session.ts';
import type { AdminTab } from '../routes.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useTitle } from '../ui/title.ts';
import { RolesTab } from './roles-tab.tsx';
import { SystemTab } from './system-tab.tsx';
import { TokensTab } from './tokens-tab.tsx';
import '../styles/pipeline.css';
import '../styles/admin.css';

const TABS: Readonly<Record<AdminTab, { name: string; admin: boolean; content: ComponentType }>> = {
  tokens: { name: 'Tokens', admin: true, content: TokensTab },
  roles: { name: 'Roles', admin: false, content: RolesTab },
  system: { name: 'System', admin: true, content: SystemTab },
};

/** Who may do what, and the switches of the server. */
export function AdminPage() {
  const { data: session } = useQuery(sessionQuery);
  const administrator = session?.administrator ?? false;
  const { tab = administrator ? 'tokens' : 'roles' } = useSearch({ from: '/shell/admin' });
  useTitle(TABS[tab].name, 'Administration');
  const visible = Object.entries(TABS).filter(([, { admin }]) => administrator || !admin);
  const { content: Content } = TABS[tab];
  return (
    <div className="page">
      <header className="head">
        <h1>Administration</h1>
      </header>
      <Tabs label="Parts of the administration" here={tab}>
        {visible.map(([id, { name }]) => ({
          id,
          link: (className) => (
            <Link
              to="/admin"
              search={{ tab: id as AdminTab }}
              className={className}
              aria-current={id === tab ? 'page' : undefined}
            >
              {name}
            </Link>
          ),
        }))}
      </Tabs>
      <Content />
    </div>
  );
}
