import { createHash } from 'node:crypto';
import type { LogEntry } from '../../../backends/scheduler/contract.ts';

export interface NumberedLog {
  readonly lines: number;
  /** How many lines are appended at once, over and over. */
  readonly batches: readonly number[];
  /** If given, lines have the time at which they are written instead of one that holds their number, so much apart. */
  readonly pauseMs?: number;
}

/** A line with its number and a checksum of it. */
export function numberedLine(number: number): string {
  return `${number} ${createHash('sha256').update(String(number)).digest('hex')}`;
}

export function numberedEntry(number: number): LogEntry {
  const timestamp = `2026-01-02T03:04:05.${String(number).padStart(9, '0')}Z`;
  return { stream: 'stdout', timestamp, data: Buffer.from(`${numberedLine(number)}\n`) };
}
