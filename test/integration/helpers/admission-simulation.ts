import { setTimeout } from 'node:timers/promises';
import { runKey, type RunRef } from '../../../core/ids.ts';
import { RunStatus } from '../../../core/states.ts';
import type { PrismaClient } from '../../../generated/prisma/client.ts';
import { admitRun, nextInLine, type Admission } from '../../../store/admission.ts';
import type { Database } from '../../../store/client.ts';
import type { RunLimits } from '../../../store/run-queue.ts';
import { findRun, markRunComplete } from '../../../store/runs.ts';

/** How many older runs may be admitted with one. */
const MAX_OLDER = 50;
/** How long the simulated workflows rely on being called, and how long their runs take, in milliseconds. */
const RECHECK_MS = 3000;
const RUN_MS = 5;

/** All pending runs at once, with what their workflows do: whoever is admitted leaves a moment later. */
export class Simulation {
  /** Keys of runs, in the order of their admission. */
  readonly admitted: string[] = [];
  /** The most runs that ever ran at once. */
  peak = 0;
  readonly #db: PrismaClient;
  readonly #limits: RunLimits;
  readonly #calls = new Map<string, () => void>();

  constructor(db: PrismaClient, limits: RunLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  async run(): Promise<void> {
    const runs = await this.#db.$queryRaw<RunRef[]>`
      select namespace_id as namespace, pipeline_id as pipeline, run_id as run from runs where ended is null`;
    await Promise.all(runs.map((ref) => this.#attend(ref)));
  }

  async #attend(ref: RunRef): Promise<void> {
    for (;;) {
      const called = new Promise<void>((resolve) => this.#calls.set(runKey(ref), resolve));
      // Every third try, its worker dies before it can do anything about the answer.
      if (ref.run % 3 === 0) await this.#admit(ref);
      const admission = await this.#admit(ref);
      if (admission.admitted) {
        if (admission.next) this.#call(admission.next);
        break;
      }
      if (admission.cancelRequested) return this.#leave(ref, RunStatus.Cancelled);
      for (const older of admission.makeRoom) this.#call(older);
      await Promise.race([called, setTimeout(RECHECK_MS)]);
    }
    await setTimeout(RUN_MS);
    const { cancelRequested } = await findRun(this.#db, ref);
    await this.#leave(ref, cancelRequested ? RunStatus.Cancelled : RunStatus.Successful);
  }

  #admit(ref: RunRef): Promise<Admission> {
    const note = async (tx: Database, admitted: RunRef) => {
      this.admitted.push(runKey(admitted));
      this.peak = Math.max(this.peak, await tx.run.count({ where: { state: 'running', ended: null } }));
    };
    return admitRun(this.#db, ref, this.#limits, note, MAX_OLDER);
  }

  async #leave(ref: RunRef, status: RunStatus): Promise<void> {
    await markRunComplete(this.#db, ref, { status });
    await this.#callNext(ref);
  }

  async #callNext(ref: RunRef): Promise<void> {
    for (const next of await nextInLine(this.#db, ref, this.#limits)) this.#call(next);
  }

  #call(ref: RunRef): void {
    this.#calls.get(runKey(ref))?.();
  }
}
