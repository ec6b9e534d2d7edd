import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../runtime/embedded/ports.ts';
import { startPostgres, type EmbeddedPostgres } from '../../runtime/embedded/postgres.ts';
import { findTemporalBinary } from '../../runtime/embedded/temporal-binary.ts';
import { startTemporal, type EmbeddedTemporal } from '../../runtime/embedded/temporal.ts';
import { GoferClient } from '../../sdk/client.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { runProgram, startProgram, untilPrinted, type Program } from '../helpers/programs.ts';
import { startPrivateEngine, type PrivateEngine } from '../integration/helpers/private-engine.ts';

/** What can be killed. */
export const VICTIMS = ['worker', 'api', 'temporal', 'postgres', 'dockerd'] as const;
export type Victim = (typeof VICTIMS)[number];

/** A whole Gofer, each part of which can be killed and started again at the same address. */
export class Installation {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #temporalBinary: string;
  readonly #postgresPort: number;
  readonly #temporalPort: number;
  #postgres: EmbeddedPostgres;
  #temporal: EmbeddedTemporal;
  #api: Program | undefined;
  readonly #workers: Program[] = [];
  readonly engine: PrivateEngine;
  readonly gofer: GoferClient;

  private constructor(parts: {
    folder: string;
    env: NodeJS.ProcessEnv;
    temporalBinary: string;
    postgresPort: number;
    temporalPort: number;
    postgres: EmbeddedPostgres;
    temporal: EmbeddedTemporal;
    engine: PrivateEngine;
    gofer: GoferClient;
  }) {
    this.#folder = parts.folder;
    this.#env = parts.env;
    this.#temporalBinary = parts.temporalBinary;
    this.#postgresPort = parts.postgresPort;
    this.#temporalPort = parts.temporalPort;
    this.#postgres = parts.postgres;
    this.#temporal = parts.temporal;
    this.engine = parts.engine;
    this.gofer = parts.gofer;
  }

  static async start(): Promise<Installation> {
    const folder = await temporaryFolder();
    const temporalBinary = await findTemporalBinary();
    const [postgresPort, temporalPort, apiPort] = [await freePort(), await freePort(), await freePort()];
    const [postgres, temporal, engine] = await Promise.all([
      startPostgres(join(folder, 'postgres'), postgresPort),
      startTemporal(temporalBinary, join(folder, 'temporal'), { port: temporalPort, uiPort: 0 }),
      startPrivateEngine(['gofer/base:1']),
    ]);
    const env = {
      DOCKER_HOST: `unix://${engine.socketPath}`,
      GOFER_WEB_DATABASE__URL: postgres.url,
      GOFER_WEB_TEMPORAL__ADDRESS: temporal.address,
      GOFER_WEB_OBJECT_STORE__FILESYSTEM__PATH: join(folder, 'objects'),
      GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: 'only for tests, but long enough for the check',
      GOFER_WEB_SERVER__BIND_ADDRESS: `127.0.0.1:${apiPort}`,
      GOFER_WEB_SERVER__FAILED_LOGINS_PER_MINUTE: '0',
      GOFER_WEB_EXTERNAL_EVENTS__ENABLE: 'false',
      GOFER_WEB_API__TASK_EXECUTION_STOP_TIMEOUT: '1',
    };
    const migration = await runProgram(['service', 'migrate', '--json'], env);
    if (migration.code !== 0) throw new Error(`gofer service migrate failed:\n${migration.stderr}`);
    const { bootstrap_token: token } = JSON.parse(migration.stdout) as { bootstrap_token: string };
    const gofer = new GoferClient({ apiBaseUrl: `http://127.0.0.1:${apiPort}`, token });
    const parts = { folder, env, temporalBinary, postgresPort, temporalPort, postgres, temporal, engine, gofer };
    const installation = new Installation(parts);
    await Promise.all([installation.#startApi(), installation.#startWorker(), installation.#startWorker()]);
    return installation;
  }

  /** Kills a part with SIGKILL, and starts it again after so many milliseconds. */
  async kill(victim: Victim, pauseMs: number): Promise<void> {
    const revive = await this.#killOne(victim);
    await sleep(pauseMs);
    await revive();
  }

  async stop(): Promise<void> {
    const programs = [...(this.#api ? [this.#api] : []), ...this.#workers];
    await Promise.all(programs.map((program) => program.kill('SIGTERM')));
    await Promise.all([this.#postgres.stop(), this.#temporal.stop(), this.engine.destroy()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #killOne(victim: Victim): Promise<() => Promise<void>> {
    switch (victim) {
      case 'worker':
        await this.#workers.shift()?.kill('SIGKILL');
        return () => this.#startWorker();
      case 'api':
        await this.#api?.kill('SIGKILL');
        return () => this.#startApi();
      case 'temporal':
        await this.#temporal.kill();
        return async () => {
          const ports = { port: this.#temporalPort, uiPort: 0 };
          const folder = join(this.#folder, 'temporal');
          this.#temporal = await persist(() => startTemporal(this.#temporalBinary, folder, ports));
        };
      case 'postgres':
        await this.#postgres.kill();
        return async () => {
          // The processes that served connections may take a moment to notice, and as long there can be no other server.
          const folder = join(this.#folder, 'postgres');
          this.#postgres = await persist(() => startPostgres(folder, this.#postgresPort));
        };
      case 'dockerd':
        await this.engine.crash();
        return () => this.engine.start();
    }
  }

  async #startApi(): Promise<void> {
    this.#api = await this.#startProgram('api');
  }

  async #startWorker(): Promise<void> {
    this.#workers.push(await this.#startProgram('worker'));
  }

  #startProgram(role: 'api' | 'worker'): Promise<Program> {
    return persist(async () => {
      const program = startProgram(['service', role], this.#env);
      await untilPrinted(program, 'stderr', `the ${role} is ready`);
      return program;
    });
  }
}

/** Starts something again and again, as a process manager would: it may need what is not there yet. */
async function persist<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === MAX_STARTS) throw error;
      await sleep(500);
    }
  }
}
const MAX_STARTS = 60;
