import { useCallback, useEffect, useRef, useState, type PointerEvent, type RefObject } from 'react';

export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const SMALLEST = 0.08;
const LARGEST = 2;
/** A drawing is shown no larger than this without being asked to, and at first no smaller than this, to be readable. */
const LARGEST_FIT = 1.05;
const SMALLEST_START = 0.72;
const STEP = 1.3;

export interface PanZoom {
  readonly view: View;
  readonly zoom: (direction: 1 | -1) => void;
  readonly fit: () => void;
  /** Brings a place of the drawing into the middle if it is out of sight. */
  readonly reveal: (x: number, y: number) => void;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  };
}

/** Moves a drawing of a size in its frame: by dragging, and with Ctrl or ⌘ by the wheel, so that the page still scrolls. */
export function usePanZoom(frame: RefObject<HTMLElement | null>, width: number, height: number): PanZoom {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const moved = useRef(false);

  const show = useCallback(
    (smallest: number) => {
      const box = frame.current?.getBoundingClientRect();
      if (!box || width === 0) return;
      const scale = Math.max(smallest, Math.min(LARGEST_FIT, box.width / width, box.height / height));
      // What does not fit is shown from its beginning.
      const x = Math.max(0, (box.width - width * scale) / 2);
      setView({ scale, x, y: (box.height - height * scale) / 2 });
    },
    [frame, width, height],
  );
  const fit = useCallback(() => {
    moved.current = true;
    show(SMALLEST);
  }, [show]);

  // Until the reader takes it in hand, as much of it as can be read is in sight.
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (!moved.current) show(SMALLEST_START);
    });
    observer.observe(element);
    if (!moved.current) show(SMALLEST_START);
    return () => observer.disconnect();
  }, [frame, show]);

  const zoomAt = useCallback((factor: number, atX: number, atY: number) => {
    moved.current = true;
    setView((old) => {
      const scale = Math.min(LARGEST, Math.max(SMALLEST, old.scale * factor));
      const ratio = scale / old.scale;
      return { scale, x: atX - (atX - old.x) * ratio, y: atY - (atY - old.y) * ratio };
    });
  }, []);

  const move = useCallback((byX: number, byY: number) => {
    moved.current = true;
    setView((old) => ({ ...old, x: old.x + byX, y: old.y + byY }));
  }, []);

  useWheel(frame, zoomAt);

  const zoom = useCallback(
    (direction: 1 | -1) => {
      const box = frame.current?.getBoundingClientRect();
      if (box) zoomAt(direction > 0 ? STEP : 1 / STEP, box.width / 2, box.height / 2);
    },
    [frame, zoomAt],
  );

  const reveal = useCallback(
    (x: number, y: number) => {
      const box = frame.current?.getBoundingClientRect();
      if (!box) return;
      setView((old) => {
        const left = x * old.scale + old.x;
        const top = y * old.scale + old.y;
        const margin = 60;
        const inside = left > margin && left < box.width - margin && top > margin && top < box.height - margin;
        return inside ? old : { ...old, x: box.width / 2 - x * old.scale, y: box.height / 2 - y * old.scale };
      });
    },
    [frame],
  );

  return {
    view,
    zoom,
    fit,
    reveal,
    handlers: useDrag(move),
  };
}

/** With Ctrl or ⌘, which is also what pinching on a touch pad comes as. */
function useWheel(
  frame: RefObject<HTMLElement | null>,
  zoomAt: (factor: number, atX: number, atY: number) => void,
): void {
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoomAt(Math.exp(-event.deltaY / 200), event.clientX - box.left, event.clientY - box.top);
    };
    // React's own listener could not prevent the page from zooming.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame, zoomAt]);
}

function useDrag(move: (byX: number, byY: number) => void): PanZoom['handlers'] {
  const from = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  return {
    onPointerDown: (event) => {
      if (event.button !== 0 || (event.target as HTMLElement).closest('button')) return;
      from.current = { x: event.clientX, y: event.clientY };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      if (!from.current) return;
      move(event.clientX - from.current.x, event.clientY - from.current.y);
      from.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => {
      from.current = undefined;
    },
  };
}
