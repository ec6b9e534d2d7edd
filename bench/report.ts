import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** One case measured: wall-clock times in milliseconds, in the order in which they were taken. */
export interface Measurement {
  readonly name: string;
  /** What the bare side is. */
  readonly against: string;
  /** Tasks one measurement runs. */
  readonly tasks: number;
  /** Tasks that follow one another in it; the rest runs beside them. */
  readonly steps: number;
  readonly bare: readonly number[];
  readonly gofer: readonly number[];
}

export interface Summary {
  readonly bareMs: number;
  readonly goferMs: number;
  readonly ratio: number;
  /** How much longer Gofer takes for each task that waits for another. */
  readonly overBarePerStepMs: number;
  readonly tasksPerSecond: number;
  readonly bareTasksPerSecond: number;
}

export function summarise({ bare, gofer, tasks, steps }: Measurement): Summary {
  const bareMs = median(bare);
  const goferMs = median(gofer);
  return {
    bareMs,
    goferMs,
    ratio: goferMs / bareMs,
    overBarePerStepMs: (goferMs - bareMs) / steps,
    tasksPerSecond: (tasks / goferMs) * 1000,
    bareTasksPerSecond: (tasks / bareMs) * 1000,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

const COLUMNS = ['case', 'against', 'bare ms', 'Gofer ms', 'ratio', 'over bare, ms/step', 'tasks/s', 'bare tasks/s'];

/** The table for people; medians. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => {
    const summary = summarise(measurement);
    return [
      measurement.name,
      measurement.against,
      summary.bareMs.toFixed(0),
      summary.goferMs.toFixed(0),
      summary.ratio.toFixed(2),
      summary.overBarePerStepMs.toFixed(1),
      summary.tasksPerSecond.toFixed(0),
      summary.bareTasksPerSecond.toFixed(0),
    ];
  });
  return layOut(COLUMNS, rows);
}

/** One kind of transfer measured, in the same way. */
export interface ObjectMeasurement extends Pick<Measurement, 'name' | 'against' | 'bare' | 'gofer'> {
  /** In bytes. */
  readonly size: number;
}

/** The table of objects for people; medians. */
export function objectTable(measurements: readonly ObjectMeasurement[]): string {
  const rows = measurements.map(({ name, against, size, bare, gofer }) => {
    const [bareMs, goferMs] = [median(bare), median(gofer)];
    const rate = ((size / 2 ** 20) * 1000) / goferMs;
    return [name, against, bareMs.toFixed(1), goferMs.toFixed(1), (bareMs / goferMs).toFixed(2), rate.toFixed(0)];
  });
  return layOut(['object', 'against', 'bare ms', 'Gofer ms', 'of the bare rate', 'MB/s'], rows);
}

function layOut(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [columns, ...rows].map(line).join('\n');
}

/** The circumstances that numbers mean nothing without. */
export function circumstances() {
  return {
    date: new Date().toISOString(),
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    docker: execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' }).trim(),
    /** Of the last minute, before the first measurement; other programs' work shows here. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Keeps a result as `<name>.json` and returns its path. */
export async function save(name: string, result: object): Promise<string> {
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}
