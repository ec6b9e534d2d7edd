import type { LogStore } from '../backends/logs/contract.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { AttemptRef } from '../core/ids.ts';
import type { Variable } from '../sdk/wire.ts';
import { maskSecrets } from '../services/masking/mask.ts';
import { secretsIn } from './interpolation.ts';
import { startLogPump, type LogPump } from './log-pump.ts';

export interface LogDependencies {
  readonly scheduler: Pick<Scheduler, 'followLog' | 'environmentOf'>;
  readonly logs: LogStore;
}

/** A container whose output is to be copied. */
export interface LoggedContainer {
  readonly id: string;
  /** What it was created with; read from the container itself if it is not known, because secrets may change. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Opens the log of an attempt for what a container prints, without the secrets that it was given. Calling what this returns
 * begins copying; the container has to be started by then.
 */
export async function openMaskedLog(
  { scheduler, logs }: LogDependencies,
  ref: AttemptRef,
  variables: readonly Variable[],
  container: LoggedContainer,
): Promise<() => LogPump> {
  const hasSecrets = secretsIn(Object.fromEntries(variables.map(({ key }) => [key, ''])), variables).length > 0;
  const environment = container.environment ?? (hasSecrets ? await scheduler.environmentOf(container.id) : {});
  const secrets = secretsIn(environment, variables);
  const writer = await logs.openWriter(ref);
  const resumed = writer.position !== undefined;
  return () => startLogPump(scheduler, container.id, writer, (entries) => maskSecrets(entries, secrets, resumed));
}
