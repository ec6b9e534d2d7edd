import { useEffect } from 'react';

/** What the browser shows as the page's name. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, 'Gofer'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
