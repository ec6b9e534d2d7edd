import { readFile } from 'node:fs/promises';

/** In megabytes, the most memory that a process ever had at once, as the kernel tells it. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
