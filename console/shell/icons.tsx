const PATHS = {
  overview: 'M2.5 3.5h4.5v4H2.5zM9 3.5h4.5v2H9zM9 8h4.5v4.5H9zM2.5 10h4.5v2.5H2.5z',
  events: 'M2 8h2.5l2-5 3 10 2-5H14',
  extensions: 'M6.5 2.5v3m3-3v3M4.5 5.5h7v3a3.5 3.5 0 0 1-7 0zM8 12v2',
  admin:
    'M6 7.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5M1.8 13.5c0-2.6 1.8-4.3 4.2-4.3s4.2 1.7 4.2 4.3M11 8.5l1.2 1.2L14.6 7',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.2v1.4m0 10.8v1.4M1.2 8h1.4m10.8 0h1.4M3.2 3.2l1 1m7.6 7.6 1 1m0-9.6-1 1m-7.6 7.6-1 1',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8 5.6 5.6 0 1 0 13.2 9.6',
  auto: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2m0 0v12m0-9.5h4.5M8 8h6m-6 3.5h4.5',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9m3.3 7.8L14 14',
  leave: 'M6.5 2.5h-3v11h3M6 8h8m-3-3 3 3-3 3',
  external: 'M6.5 3.5h-3v9h9v-3M9 3h4v4m0-4L7.5 8.5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6m4 0h3.5V6m0 4v3.5H10m-4 0H2.5V10',
  play: 'M5 3.2v9.6L12.6 8Z',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2m0 2.8V8l2.2 1.6',
  close: 'm4 4 8 8m0-8-8 8',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside a text that says the same, so that it needs no name of its own. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon icon-line" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="logo-ground" />
      <path d="M11 9.5 20.5 15M11 22.5l9.5-5.5" className="logo-edges" />
      <circle cx="9" cy="8.5" r="3.4" className="logo-node" />
      <circle cx="9" cy="23.5" r="3.4" className="logo-node" />
      <circle cx="23" cy="16" r="4" className="logo-end" />
    </svg>
  );
}
