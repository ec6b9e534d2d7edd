import type { ContainerExit, ContainerHandle } from '../backends/scheduler/contract.ts';
import type { TaskRef } from '../core/ids.ts';
import { cancelled, exited, lost } from '../core/outcomes.ts';
import { findSupervisedTask, type SupervisedTask } from '../store/supervised-tasks.ts';
import { markProcessing, markStarted, type TaskEndRecord } from '../store/task-executions.ts';
import { aborted, type Attention } from './attention.ts';
import { containerSpec, imageRequest } from './container-spec.ts';
import { resolveVariables } from './interpolation.ts';
import { startLogPump } from './log-pump.ts';
import type { SuperviseDependencies } from './supervise-task.ts';

/** All that is known of a container that is not there any more. */
const REMOVED = 'the container was removed from outside, so how it ended is not known';

/** One try at supervising one task. */
export class Supervision {
  readonly #deps: SuperviseDependencies;
  readonly #ref: TaskRef;
  readonly #task: SupervisedTask;
  readonly #attention: Attention;
  /** Whether an earlier try may have left a container. */
  readonly #mayBeAdopted: boolean;

  constructor(
    deps: SuperviseDependencies,
    ref: TaskRef,
    task: SupervisedTask,
    attention: Attention,
    mayBeAdopted: boolean,
  ) {
    this.#deps = deps;
    this.#ref = ref;
    this.#task = task;
    this.#attention = attention;
    this.#mayBeAdopted = mayBeAdopted;
  }

  /** @throws SchedulerError, PreconditionError, or the reason of `detach` */
  async seeThrough(): Promise<TaskEndRecord> {
    const { scheduler, instance } = this.#deps;
    const { environment } = await resolveVariables(this.#deps, this.#ref, this.#task.variables);
    const spec = containerSpec(instance, this.#ref, this.#task.definition, environment);
    const adoptable = this.#mayBeAdopted && (await scheduler.findContainers(spec.labels)).length > 0;
    const imageDigest = adoptable ? undefined : await this.#fetchImage();
    if (this.#cancelled && !adoptable) return this.#cancelledEnd();

    const container = await scheduler.ensureContainer(spec);
    // A container that was never started has nothing to be stopped; it is removed with the task's end.
    if (this.#cancelled && container.phase === 'created') return this.#cancelledEnd();
    return this.#follow(container, imageDigest);
  }

  /** Returns nothing if the task was cancelled meanwhile. */
  async #fetchImage(): Promise<string | undefined> {
    const { db, scheduler, sealer } = this.#deps;
    if (this.#cancelled) return undefined;
    const progress = (line: string) => void markProcessing(db, this.#ref, line).catch(() => undefined);
    const stop = AbortSignal.any([this.#attention.cancel, this.#attention.detach]);
    const request = imageRequest(this.#ref, this.#task.definition, this.#task.sealedRegistryPassword, sealer);
    await markProcessing(db, this.#ref, `preparing image ${request.image}`);
    try {
      return await scheduler.ensureImage(request, progress, stop);
    } catch (error) {
      if (this.#cancelled) return undefined;
      throw error;
    }
  }

  /** Starts the container if need be, and stays with it until it has ended and its log is complete. */
  async #follow(container: ContainerHandle, imageDigest: string | undefined): Promise<TaskEndRecord> {
    const { db, scheduler, logs, metrics } = this.#deps;
    if (container.phase === 'created') {
      await scheduler.startContainer(container.id);
      metrics.containerStarted();
    }
    const writer = await logs.openWriter(this.#ref);
    this.#attention.note({ container: container.id });
    const pump = startLogPump(scheduler, container.id, writer);
    try {
      const exit = this.#untilExit(container.id);
      exit.catch(() => undefined);
      await markStarted(db, this.#ref, { id: container.id, imageDigest });
      const end = await exit;
      await pump.drain();
      return this.#endOf(end);
    } catch (error) {
      await pump.abandon();
      throw error;
    }
  }

  /** Waits for the container's end, stopping it when the task is cancelled. */
  async #untilExit(containerId: string): Promise<ContainerExit> {
    const { scheduler, stopGraceSeconds } = this.#deps;
    const exit = scheduler.waitForExit(containerId, this.#attention.detach);
    const stop = async () => {
      await aborted(this.#attention.cancel);
      const { graceSeconds = stopGraceSeconds } = (await this.#readCancellation()) ?? {};
      await scheduler.stopContainer(containerId, graceSeconds);
      return exit;
    };
    return Promise.race([exit, stop()]);
  }

  async #endOf(exit: ContainerExit): Promise<TaskEndRecord> {
    const times = exit.kind === 'exited' ? { startedAt: exit.startedAt, endedAt: exit.endedAt } : {};
    if (this.#cancelled) return { ...(await this.#cancelledEnd()), ...times };
    return { outcome: exit.kind === 'exited' ? exited(exit) : lost(REMOVED), ...times };
  }

  get #cancelled(): boolean {
    return this.#attention.cancel.aborted || this.#task.cancellation !== undefined;
  }

  async #cancelledEnd(): Promise<TaskEndRecord> {
    const cancellation = await this.#readCancellation();
    return { outcome: cancelled(cancellation?.description ?? 'cancelled through its workflow') };
  }

  async #readCancellation() {
    return (await findSupervisedTask(this.#deps.db, this.#ref)).cancellation;
  }
}
