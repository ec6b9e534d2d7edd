import { Context } from '@temporalio/activity';
import {
  SchedulerError,
  SchedulerFailure,
  type ContainerExit,
  type ContainerHandle,
  type ContainerSpec,
} from '../backends/scheduler/contract.ts';
import { ensureError } from '../core/errors.ts';
import { taskKey, type AttemptRef } from '../core/ids.ts';
import { cancelled, exited, lost, timedOut } from '../core/outcomes.ts';
import { TaskCauseKind } from '../core/states.ts';
import {
  claimContainer,
  findSupervisedTask,
  markFetching,
  markProcessing,
  markStarted,
  type SupervisedTask,
  type TaskEndRecord,
} from '../store/supervised-tasks.ts';
import { aborted, type Attention } from './attention.ts';
import { containerSpec } from './container-spec.ts';
import { fetchImage } from './images.ts';
import { resolveVariables } from './interpolation.ts';
import { attemptLabels } from './labels.ts';
import type { LogPump } from './log-pump.ts';
import { openMaskedLog } from './masked-log.ts';
import { prepareChildren } from './prepare-children.ts';
import type { SuperviseDependencies } from './supervise-task.ts';

/** All that is known of a container that is not there any more. */
const REMOVED = 'the container was removed from outside, so how it ended is not known';

const FORGOTTEN = lost(
  TaskCauseKind.EngineStopped,
  'the container engine was restarted and does not remember whether it started the container',
);

/** One try at supervising one attempt at a task. */
export class Supervision {
  readonly #deps: SuperviseDependencies;
  readonly #ref: AttemptRef;
  readonly #task: SupervisedTask;
  readonly #attention: Attention;
  #timedOut = false;
  /** What is left to do once the end is recorded. */
  #container: { readonly id: string; readonly pump?: LogPump } | undefined;
  /** What the container was created with, if that was here and now. */
  #environment: Readonly<Record<string, string>> | undefined;
  /** How the container ended, if it was seen. */
  #exit: ContainerExit | undefined;
  /** Another supervisor has seen the attempt's end, and sees to the rest. */
  #overtaken = false;

  constructor(deps: SuperviseDependencies, ref: AttemptRef, task: SupervisedTask, attention: Attention) {
    this.#deps = deps;
    this.#ref = ref;
    this.#task = task;
    this.#attention = attention;
  }

  /** @throws SchedulerError, PreconditionError, or the reason of `detach` */
  async seeThrough(): Promise<TaskEndRecord> {
    const { container, imageDigest } = (await this.#findContainer()) ?? (await this.#makeContainer());
    if (!container) return this.#cancelledEnd();
    this.#container = { id: container.id };
    // A container that was never started has nothing to be stopped; it is removed with the task's end.
    if (this.#cancelled && container.phase === 'created') return this.#cancelledEnd();
    return this.#follow(container, imageDigest);
  }

  /**
   * Gets the rest of the log and removes the container, unless that is to be kept, when the end of the attempt is on record.
   * It is out of the way of the tasks that wait for this one, but not of the run's end.
   */
  settle({ keep }: { readonly keep: boolean }): void {
    if (this.#overtaken) return;
    const { scheduler, settlements, logs, logger } = this.#deps;
    const { id, pump } = this.#container ?? {};
    const work = async () => {
      // Without a pump there is nothing to come, but an earlier supervisor may have left a log that nobody finishes.
      await (pump ? pump.drain(this.#exit) : logs.finish(this.#ref));
      if (id !== undefined && !keep) await scheduler.removeContainer(id);
    };
    const key = taskKey(this.#ref);
    settlements.add(
      this.#ref,
      work().catch((error: unknown) =>
        logger.warn({ err: ensureError(error), task: key }, 'container not settled yet'),
      ),
    );
  }

  /** The container that was made ahead, or by an earlier try. */
  async #findContainer(): Promise<{ container: ContainerHandle; imageDigest: string | undefined } | undefined> {
    const prepared = await this.#deps.preparations.take(this.#ref);
    // What this worker remembers of a container is out of date when another one has been at the task.
    const isFirst = !this.#task.begun && Context.current().info.attempt === 1;
    if (isFirst) return this.#ref.attempt === 1 ? prepared : undefined;
    const container = await this.#listed();
    return container && { container, imageDigest: undefined };
  }

  /** The attempt's container as the engine knows it now. */
  async #listed(): Promise<ContainerHandle | undefined> {
    const { scheduler, instance } = this.#deps;
    const [found] = await scheduler.listContainers(attemptLabels(instance, this.#ref));
    return found && { id: found.id, phase: found.state, created: false };
  }

  /** Has no container if the task was cancelled meanwhile. */
  async #makeContainer(): Promise<{ container?: ContainerHandle; imageDigest: string | undefined }> {
    const { definition, variables } = this.#task;
    const environment = await resolveVariables(this.#deps, this.#ref, variables);
    const spec = containerSpec(this.#deps.instance, this.#ref, definition, environment);
    for (;;) {
      const imageDigest = await this.#fetchImage();
      if (this.#cancelled || imageDigest === undefined) return { imageDigest };
      const container = await this.#create({ ...spec, imageId: imageDigest });
      if (container?.created) this.#environment = environment;
      if (container) return { container, imageDigest };
    }
  }

  /** Undefined if the image was removed since it was fetched. */
  async #create(spec: ContainerSpec): Promise<ContainerHandle | undefined> {
    try {
      return await this.#deps.scheduler.ensureContainer(spec);
    } catch (error) {
      if (error instanceof SchedulerError && error.failure === SchedulerFailure.ImageMissing) return undefined;
      throw error;
    }
  }

  /** Returns nothing if the task was cancelled meanwhile. What has to be pulled shows in the task's log. */
  async #fetchImage(): Promise<string | undefined> {
    if (this.#cancelled) return undefined;
    const { image } = this.#task.definition;
    const since = new Date();
    let noted: Promise<void> | undefined;
    const progress = (line: string) => {
      void markFetching(this.#deps.db, this.#ref, line, since).catch(() => undefined);
      noted ??= this.#note(`gofer: pulling image ${image}`);
    };
    const stop = AbortSignal.any([this.#attention.cancel, this.#attention.detach]);
    try {
      const digest = await fetchImage(this.#deps, this.#ref, this.#task, progress, stop);
      if (noted) await noted.then(() => this.#note(`gofer: pulled it in ${secondsSince(since)} s: ${digest}`));
      return digest;
    } catch (error) {
      if (this.#cancelled) return undefined;
      throw error;
    }
  }

  /** Nothing depends on what a note says, so one that cannot be written is left out. */
  async #note(line: string): Promise<void> {
    try {
      const writer = await this.#deps.logs.openWriter(this.#ref);
      if (!writer.finished) await writer.note(line);
    } catch (error) {
      this.#deps.logger.debug({ err: ensureError(error), task: taskKey(this.#ref) }, 'note not written');
    }
  }

  /** Starts the container if need be, and stays with it until it has ended. */
  async #follow(container: ContainerHandle, imageDigest: string | undefined): Promise<TaskEndRecord> {
    const { db } = this.#deps;
    const claim = await claimContainer(db, { ...this.#ref, container: container.id, imageDigest });
    if (!claim) return this.#alreadyStarted(container);
    const phase = claim.before === undefined ? container.phase : (await this.#listed())?.phase;
    if (phase === 'created' && (await this.#mayHaveRun(container.id, claim.before))) return { outcome: FORGOTTEN };
    const opening = this.#openLog(container.id);
    opening.catch(() => undefined);
    if (phase === 'created' && !(await this.#start(container.id))) return this.#cancelledEnd();
    const startedAt = this.#task.startedAt ?? Date.now();
    this.#attention.note({ container: container.id });
    const startPump = await opening;
    const pump = startPump();
    this.#container = { id: container.id, pump };
    try {
      const exit = this.#untilExit(container.id, startedAt);
      exit.catch(() => undefined);
      await markStarted(db, this.#ref);
      prepareChildren(this.#deps, this.#ref, this.#task);
      this.#exit = await exit;
      return this.#endOf(this.#exit);
    } catch (error) {
      await pump.abandon();
      this.#container = { id: container.id };
      throw error;
    }
  }

  /** An engine that was killed may not remember what it did last. */
  async #mayHaveRun(containerId: string, claimedAt: number | undefined): Promise<boolean> {
    if (this.#task.startedAt !== undefined) return true;
    return claimedAt !== undefined && this.#deps.scheduler.mayHaveForgotten(containerId, claimedAt);
  }

  #openLog(id: string): Promise<() => LogPump> {
    const environment = this.#environment;
    return openMaskedLog(this.#deps, this.#ref, this.#task.variables, { id, ...(environment && { environment }) });
  }

  /** Returns whether it was started: not if it is to be stopped. */
  async #start(containerId: string): Promise<boolean> {
    const { db, scheduler, metrics } = this.#deps;
    const onWait = (ahead: number) =>
      void markProcessing(db, this.#ref, `waits to be started: ${ahead} containers come first`).catch(() => undefined);
    try {
      await scheduler.startContainer(containerId, onWait);
    } catch (error) {
      const stopped = error instanceof SchedulerError && error.failure === SchedulerFailure.NeverStarted;
      if (stopped && this.#cancelled) return false;
      throw error;
    }
    metrics.containerStarted();
    return true;
  }

  /**
   * The attempt has, or had, another container, and no attempt is ever started twice. If its end is on record, another
   * supervisor was faster; if not, the container is gone.
   */
  async #alreadyStarted(container: ContainerHandle): Promise<TaskEndRecord> {
    if (container.created) await this.#deps.scheduler.removeContainer(container.id);
    this.#container = undefined;
    const { recorded, attempt } = await this.#readTask();
    this.#overtaken = recorded !== undefined;
    if (recorded) return { outcome: recorded };
    if (attempt !== this.#ref.attempt) throw new Error(`attempt ${this.#ref.attempt} is over`);
    if (this.#cancelled) return this.#cancelledEnd();
    return { outcome: lost(TaskCauseKind.ContainerRemoved, REMOVED) };
  }

  /** Waits for the container's end, stopping it when the task is cancelled or takes too long. */
  async #untilExit(containerId: string, startedAt: number): Promise<ContainerExit> {
    const { scheduler, stopGraceSeconds } = this.#deps;
    const { stop_grace: taskGrace = stopGraceSeconds, timeout } = this.#task.definition;
    const exit = scheduler.waitForExit(containerId, this.#attention.detach);
    const stop = async () => {
      await aborted(this.#attention.cancel);
      const { graceSeconds = taskGrace } = (await this.#readTask()).cancellation ?? {};
      await scheduler.stopContainer(containerId, graceSeconds);
      return exit;
    };
    const contenders = [exit, stop()];
    const clock = new AbortController();
    if (timeout !== undefined) {
      contenders.push(
        until(startedAt + timeout * 1000, clock.signal).then(async () => {
          this.#timedOut = true;
          await scheduler.stopContainer(containerId, taskGrace);
          return exit;
        }),
      );
    }
    try {
      return await Promise.race(contenders);
    } finally {
      clock.abort();
    }
  }

  async #endOf(exit: ContainerExit): Promise<TaskEndRecord> {
    const times = exit.kind === 'exited' ? { startedAt: exit.startedAt, endedAt: exit.endedAt } : {};
    // The word that it is to stop may have been lost on the way, and another worker have acted on it.
    const unexplained = exit.kind === 'gone' || exit.interruption !== undefined;
    const told = this.#cancelled || (unexplained && (await this.#readTask()).cancellation !== undefined);
    if (told) return { ...(await this.#cancelledEnd()), ...times };
    if (exit.kind === 'gone') return { outcome: lost(TaskCauseKind.ContainerRemoved, REMOVED) };
    const { timeout } = this.#task.definition;
    // The supervisor that stopped it may not have lived to see its end.
    const overdue = timeout !== undefined && exit.code !== 0 && exit.endedAt - exit.startedAt >= timeout * 1000;
    const outcome = this.#timedOut || overdue ? timedOut(timeout ?? 0, exit.code) : exited(exit);
    return { outcome, ...times };
  }

  get #cancelled(): boolean {
    return this.#attention.cancel.aborted || this.#task.cancellation !== undefined;
  }

  async #cancelledEnd(): Promise<TaskEndRecord> {
    const { cancellation } = await this.#readTask();
    return { outcome: cancellation?.outcome ?? cancelled('cancelled through its workflow') };
  }

  #readTask(): Promise<SupervisedTask> {
    return findSupervisedTask(this.#deps.db, this.#deps.configs, this.#ref);
  }
}

/** With one decimal. */
function secondsSince(moment: Date): string {
  return ((Date.now() - moment.getTime()) / 1000).toFixed(1);
}

/** Resolves at a time, given in milliseconds since the epoch; never if the signal aborts before. */
function until(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const wait = () => {
      const ms = time - Date.now();
      timer = ms > 0 ? setTimeout(wait, Math.min(ms, LONGEST_TIMER_MS)) : setTimeout(resolve);
    };
    wait();
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
const LONGEST_TIMER_MS = 2_147_483_647;
