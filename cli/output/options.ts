import type { Config, RetryPolicy, Task } from '../../sdk/wire.ts';

const ON_LIMIT = {
  queue: 'further ones wait',
  cancel_oldest: 'a further one cancels the oldest',
  cancel_newest: 'further ones are cancelled',
} as const;

/** What limits the runs of a pipeline; empty if nothing does. */
export function pipelineOptionLines({ parallelism, timeout, on_limit }: Config): string[] {
  return [
    ...(parallelism > 0 ? [`at most ${parallelism} ${parallelism === 1 ? 'run' : 'runs'} at once`] : []),
    ...(on_limit ? [`at the limit ${ON_LIMIT[on_limit]}`] : []),
    ...(timeout === undefined ? [] : [`at most ${seconds(timeout)} a run`]),
  ];
}

/** What limits a task, and what happens if it fails; empty if nothing special. */
export function taskOptionLines({ retries, timeout, stop_grace, cpu, memory, pids, allow_failure }: Task): string[] {
  const resources = [
    ...(cpu === undefined ? [] : [`${cpu} CPUs`]),
    ...(memory === undefined ? [] : [formatBytes(memory)]),
    ...(pids === undefined ? [] : [`${pids} processes`]),
  ];
  return [
    ...(retries ? [retryLine(retries)] : []),
    ...(timeout === undefined ? [] : [`at most ${seconds(timeout)} an attempt`]),
    ...(stop_grace === undefined ? [] : [`${seconds(stop_grace)} to stop`]),
    ...(resources.length > 0 ? [`at most ${resources.join(', ')}`] : []),
    ...(allow_failure ? ['may fail'] : []),
  ];
}

function retryLine({
  attempts,
  delay = 1,
  backoff = 2,
  max_delay: longest = 300,
  exit_codes: codes,
}: RetryPolicy): string {
  const what = attempts === 0 ? 'tried again if the infrastructure fails' : `tried again ${times(attempts)}`;
  const which = codes && attempts > 0 ? ` on exit code ${codes.join(', ')}` : '';
  return `${what}${which}, after ${delay} s, ${backoff} times as long each time, up to ${longest} s`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function seconds(count: number): string {
  return count === 1 ? '1 sec' : `${count} secs`;
}

const UNITS = ['TiB', 'GiB', 'MiB', 'KiB'] as const;

/** In the largest unit that gives a whole number. */
function formatBytes(bytes: number): string {
  for (const [index, unit] of UNITS.entries()) {
    const size = 1024 ** (UNITS.length - index);
    if (bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${bytes} bytes`;
}
