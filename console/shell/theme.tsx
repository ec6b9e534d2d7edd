import { useState } from 'react';
import { Icon } from './icons.tsx';

/** Also read by console/public/theme.js. */
const KEY = 'gofer-theme';
const ORDER = ['auto', 'light', 'dark'] as const;
type Theme = (typeof ORDER)[number];

const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return ORDER.find((theme) => theme === value) ?? 'auto';
}

function apply(theme: Theme): void {
  if (theme === 'auto') {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset['theme'] = theme;
  }
}

/** Goes from the system's choice to light, to dark, and back. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored);
  const change = () => {
    const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'auto';
    apply(next);
    setTheme(next);
  };
  const label = `Theme: ${theme === 'auto' ? 'as the system has it' : theme}`;
  return (
    <button type="button" className="icon-button" onClick={change} aria-label={label} title={label}>
      <Icon name={ICONS[theme]} />
    </button>
  );
}
