import { notFound } from '../core/errors.ts';
import type { Task } from '../sdk/wire.ts';
import { fromJson, type Database } from './client.ts';
import { pipelineKey, type PipelineRef } from './pipelines.ts';

/** How many configs are kept; a large one has a few megabytes. */
const CAPACITY = 32;

/** The tasks of one version of a pipeline. */
export interface CachedConfig {
  readonly tasks: ReadonlyMap<string, Task>;
  /** Task id to sealed registry password. */
  readonly registryAuths: Readonly<Record<string, string>>;
  /** Seconds that a run may take; undefined for any time. */
  readonly timeout: number | undefined;
  /** The tasks that have the given one among their parents. */
  childrenOf(task: string): readonly Task[];
}

/**
 * Keeps configs in memory, because every task of a run needs its own and reading it out of thousands costs the database
 * as much as reading all. Versions never change; `registered` tells them apart when a pipeline was deleted and made anew.
 */
export class ConfigCache {
  readonly #db: Database;
  readonly #configs = new Map<string, Promise<CachedConfig>>();

  constructor(db: Database) {
    this.#db = db;
  }

  async get(ref: PipelineRef, version: number, registered: Date): Promise<CachedConfig> {
    const key = `${ref.namespace}/${ref.pipeline}/${version}@${registered.getTime()}`;
    const known = this.#configs.get(key);
    const config = known ?? readConfig(this.#db, ref, version);
    // The one asked for last goes to the end, and the first one out.
    this.#configs.delete(key);
    this.#configs.set(key, config);
    if (!known) config.catch(() => this.#configs.delete(key));
    for (const oldest of this.#configs.keys()) {
      if (this.#configs.size <= CAPACITY) break;
      this.#configs.delete(oldest);
    }
    return config;
  }
}

async function readConfig(db: Database, ref: PipelineRef, version: number): Promise<CachedConfig> {
  const row = await db.pipelineConfig.findUnique({
    where: { namespaceId_pipelineId_version: { ...pipelineKey(ref), version } },
  });
  if (!row) throw notFound(`config of pipeline '${ref.namespace}/${ref.pipeline}'`, `v${version}`);
  const tasks = new Map(Object.entries(fromJson<Record<string, Task>>(row.tasks)));
  const children = Map.groupBy(
    [...tasks.values()].flatMap((task) => Object.keys(task.depends_on).map((parent) => ({ parent, task }))),
    ({ parent }) => parent,
  );
  return {
    tasks,
    registryAuths: fromJson<Record<string, string>>(row.registryAuths),
    timeout: row.timeout ?? undefined,
    childrenOf: (task) => children.get(task)?.map((edge) => edge.task) ?? [],
  };
}
