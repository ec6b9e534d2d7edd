import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';

/** An engine that belongs to one test, which may do to it what it likes. */
export interface PrivateEngine {
  readonly socketPath: string;
  readonly docker: Docker;
  /** Kills it at once. Its containers live on. */
  crash(): Promise<void>;
  /** Has it shut down in an orderly way, as a machine's administrator would. */
  shutDown(): Promise<void>;
  /** Starts it again, and returns when it answers. */
  start(): Promise<void>;
  /** Ends everything and removes all its files. */
  destroy(): Promise<void>;
}

const START_TRIES = 600;

/**
 * Starts a dockerd in a network of its own: in that of the machine it would fight with the machine's engine over the
 * bridge, and one without a bridge even removes the other's.
 */
export async function startPrivateEngine(images: readonly string[]): Promise<PrivateEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'gofer-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const docker = new Docker({ socketPath });
  let daemon: ChildProcess | undefined;

  async function start(): Promise<void> {
    await rm(join(folder, 'docker.pid'), { force: true });
    const places = { 'data-root': 'data', 'exec-root': 'exec', pidfile: 'docker.pid' };
    const options = Object.entries(places).map(([option, name]) => `--${option}=${join(folder, name)}`);
    const command = ['--net', '--mount', 'dockerd', '--iptables=false', `--host=unix://${socketPath}`, ...options];
    daemon = spawn('unshare', command, { stdio: 'ignore' });
    for (let attempt = 0; ; attempt += 1) {
      const answers = await docker.ping().then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (daemon.exitCode !== null || attempt === START_TRIES) {
        throw new Error('the private engine did not start; it needs root, and dockerd on this machine');
      }
      await sleep(100);
    }
  }

  const isRunning = () => daemon?.exitCode === null && daemon.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!daemon || !isRunning()) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
    await containerdEnds(folder);
  }

  await start();
  for (const image of images) {
    const loading = await docker.loadImage(await new Docker().getImage(image).get());
    for await (const _ of loading as AsyncIterable<unknown>);
  }

  return {
    socketPath,
    docker,
    crash: () => end('SIGKILL'),
    shutDown: () => end('SIGTERM'),
    start,
    async destroy() {
      if (!isRunning()) await start();
      const containers = await docker.listContainers({ all: true });
      await Promise.all(containers.map(({ Id: id }) => docker.getContainer(id).remove({ force: true })));
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/**
 * It dies with its engine. But as long as the machine's first process has not taken note of its death, an engine that
 * starts believes that it lives, and waits for it in vain.
 */
async function containerdEnds(folder: string): Promise<void> {
  const pid = await readFile(join(folder, 'exec/containerd/containerd.pid'), 'utf8').catch(() => '');
  const name = () => readFile(`/proc/${pid.trim()}/comm`, 'utf8').catch(() => '');
  while (pid !== '' && (await name()).startsWith('containerd')) await sleep(10);
}
