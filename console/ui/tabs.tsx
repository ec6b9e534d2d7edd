import { type ReactNode, useEffect, useRef } from 'react';

interface Tab {
  readonly id: string;
  /** A link with this class. */
  readonly link: (className: string) => ReactNode;
}

/** Links to the parts of a page; each has an address of its own. Where they do not all fit, the one that is open is in sight. */
export function Tabs({
  label,
  here,
  children,
}: {
  readonly label: string;
  readonly here: string;
  readonly children: readonly Tab[];
}) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector('.tab-here')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [here]);
  return (
    <nav className="tabs" aria-label={label} ref={nav}>
      {children.map(({ id, link }) => (
        <span key={id}>{link(id === here ? 'tab tab-here' : 'tab')}</span>
      ))}
    </nav>
  );
}
