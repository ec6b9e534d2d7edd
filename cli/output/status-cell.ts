import { type Paint, paintStatus } from './paint.ts';
import type { Cell } from './table.ts';

/** A table cell in the colour of the state or status that it shows. */
export function statusCell(paint: Paint, status: string): Cell {
  return { text: status, paint: (padded) => padded.replace(status, paintStatus(paint, status)) };
}
