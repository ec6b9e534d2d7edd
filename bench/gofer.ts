import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StackAddresses } from '../runtime/stack.ts';
import { runKey } from '../core/ids.ts';
import { packageRoot } from '../runtime/paths.ts';
import { GoferClient } from '../sdk/client.ts';
import type { PipelineBuilder } from '../sdk/index.ts';

const STOP_DEADLINE_MS = 30_000;

/** A whole Gofer in a process of its own, and a client of it that hears of runs only through the event stream. */
export interface Gofer {
  readonly temporalAddress: string;
  register(pipeline: PipelineBuilder): Promise<void>;
  /** Starts a run and resolves when the event of its completion arrives; rejects unless it was successful. */
  run(pipeline: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param namespace is created; all containers carry its name in the label `gofer.namespace` */
export async function startGofer(engine: 'docker' | 'none', namespace: string): Promise<Gofer> {
  const folder = await mkdtemp(join(tmpdir(), 'gofer-bench-'));
  const service = await startProcess(engine, folder);
  const stop = async () => {
    await stopProcess(service);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { api_url: apiBaseUrl, temporal_address: temporalAddress, token } = await addressesOf(service);
    const client = new GoferClient({ apiBaseUrl, token });
    await client.namespaces.create({ id: namespace, name: namespace, description: '' });
    const completions = await Completions.listen(client);
    return {
      temporalAddress,
      async register(pipeline) {
        const { pipeline: registered } = await client.configs.register(namespace, pipeline.toDocument());
        await client.configs.deploy({ namespace, pipeline: registered.config.pipeline_id }, registered.config.version);
      },
      async run(pipeline) {
        const { run } = await client.runs.start({ namespace, pipeline });
        const key = runKey({ namespace, pipeline, run: run.run_id });
        const status = await completions.of(key);
        if (status !== 'successful') throw new Error(`run ${key} ended ${status}`);
      },
      async stop() {
        completions.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How runs ended, whichever comes first: the event, or the question. */
class Completions {
  readonly #statuses = new Map<string, PromiseWithResolvers<string>>();
  readonly #stop = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  /** Settles when the stream ends, which nobody waits for unless it comes too early. */
  readonly #ended: Promise<never>;

  private constructor(client: GoferClient) {
    this.#ended = this.#read(client).then(() => Promise.reject(new Error('the event stream has ended')));
    this.#ended.catch(() => undefined);
  }

  static async listen(client: GoferClient): Promise<Completions> {
    const completions = new Completions(client);
    await Promise.race([completions.#opened.promise, completions.#ended]);
    return completions;
  }

  async of(run: string): Promise<string> {
    const status = await Promise.race([this.#status(run).promise, this.#ended]);
    this.#statuses.delete(run);
    return status;
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(client: GoferClient): Promise<void> {
    const onOpen = () => this.#opened.resolve();
    for await (const { kind } of client.followEvents({ signal: this.#stop.signal, onOpen })) {
      if (!('completed_run' in kind)) continue;
      const { namespace_id: namespace, pipeline_id: pipeline, run_id: run, status } = kind.completed_run;
      this.#status(runKey({ namespace, pipeline, run })).resolve(status);
    }
  }

  #status(run: string): PromiseWithResolvers<string> {
    const known = this.#statuses.get(run) ?? Promise.withResolvers<string>();
    this.#statuses.set(run, known);
    return known;
  }
}

async function startProcess(engine: string, folder: string): Promise<ChildProcess> {
  // PostgreSQL runs as a user of its own and has to get through. The home of its own keeps the CLI's settings as they are.
  await chmod(folder, 0o711);
  const home = join(folder, 'home');
  await mkdir(home);
  const ports = ['port', 'external-events-port', 'temporal-port', 'temporal-ui-port'].flatMap((name) => [
    `--${name}`,
    '0',
  ]);
  const program = join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js');
  return spawn(
    process.execPath,
    [program, 'service', 'start', '--json', '--data-dir', join(folder, 'data'), ...ports],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        XDG_CACHE_HOME: join(homedir(), '.cache'),
        ...process.env,
        HOME: home,
        NODE_NO_WARNINGS: '1',
        GOFER_WEB_SCHEDULER__ENGINE: engine,
        GOFER_WEB_API__LOG_LEVEL: 'warn',
      },
      // So that Ctrl-C reaches the benchmark only, which stops the service in order.
      detached: true,
    },
  );
}

/** The line that the service prints when all is ready. */
async function addressesOf(service: ChildProcess): Promise<StackAddresses> {
  if (!service.stdout) throw new Error('the service has no output');
  for await (const line of createInterface(service.stdout)) {
    const { label, data } = JSON.parse(line) as { label?: string; data?: unknown };
    if (label === 'error') throw new Error(line);
    return (data ?? JSON.parse(line)) as StackAddresses;
  }
  throw new Error('the service ended before it was ready');
}

async function stopProcess(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.kill('SIGTERM');
  const timer = setTimeout(() => service.kill('SIGKILL'), STOP_DEADLINE_MS);
  await exited;
  clearTimeout(timer);
}
