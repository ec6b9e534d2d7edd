import { useCallback, useEffect, useRef } from 'react';

/** For the `ref` of an element: calls back whenever it comes into sight, or is about to. */
export function useWhenSeen(callback: () => void): (element: Element | null) => void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  const observer = useRef<IntersectionObserver>(undefined);
  return useCallback((element) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) latest.current();
      },
      { rootMargin: '400px' },
    );
    observer.current.observe(element);
  }, []);
}
