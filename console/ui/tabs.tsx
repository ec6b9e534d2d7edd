import type { ReactNode } from 'react';

interface Tab {
  readonly id: string;
  /** A link with this class. */
  readonly link: (className: string) => ReactNode;
}

/** Links to the parts of a page; each has an address of its own. */
export function Tabs({
  label,
  here,
  children,
}: {
  readonly label: string;
  readonly here: string;
  readonly children: readonly Tab[];
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {children.map(({ id, link }) => (
        <span key={id}>{link(id === here ? 'tab tab-here' : 'tab')}</span>
      ))}
    </nav>
  );
}
