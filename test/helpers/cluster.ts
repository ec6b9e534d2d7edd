import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../runtime/embedded/ports.ts';
import { startPostgres } from '../../runtime/embedded/postgres.ts';
import { findTemporalBinary } from '../../runtime/embedded/temporal-binary.ts';
import { startTemporal } from '../../runtime/embedded/temporal.ts';
import { runProgram, startProgram, untilPrinted, type Program } from './programs.ts';

/** What clusters encrypt with, unless they are told otherwise. */
export const SECRET_STORE_KEY = 'only for tests, but long enough for the check';

/** What a test needs to know to use a cluster. */
export interface ClusterAddresses {
  readonly apiUrl: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly token: string;
}

/** PostgreSQL, Temporal, and API processes and workers that are processes of their own. */
export interface Cluster {
  readonly addresses: ClusterAddresses;
  /** Where all of it keeps its files. */
  readonly folder: string;
  /** One more API process, on a port of its own. */
  startApi(settings?: NodeJS.ProcessEnv): Promise<Program & { readonly url: string }>;
  startWorker(): Promise<Program>;
  /** Takes away what the processes rely on. */
  stopTemporal(): Promise<void>;
  /** Gives it back, as it was. */
  restartTemporal(): Promise<void>;
  stopPostgres(): Promise<void>;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

/** Where containers see this machine, on the network that the engine makes by itself. */
export const DOCKER_HOST = '172.17.0.1';

/** A folder that PostgreSQL can pass through, which does not run as root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gofer-test-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Starts PostgreSQL, Temporal and one API process on free ports, and no worker yet; `settings` are for all processes. */
export async function startCluster(settings: NodeJS.ProcessEnv = {}): Promise<Cluster> {
  const folder = await temporaryFolder();
  const startWorkflowServer = async (port: number) =>
    startTemporal(await findTemporalBinary(), join(folder, 'temporal'), { port, uiPort: 0 });
  const [postgres, firstTemporal] = await Promise.all([
    startPostgres(join(folder, 'postgres')),
    startWorkflowServer(0),
  ]);
  let temporal = firstTemporal;
  const env = {
    GOFER_WEB_DATABASE__URL: postgres.url,
    GOFER_WEB_TEMPORAL__ADDRESS: temporal.address,
    GOFER_WEB_OBJECT_STORE__FILESYSTEM__PATH: join(folder, 'objects'),
    GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: SECRET_STORE_KEY,
    GOFER_WEB_DEVELOPMENT__VALIDATE_RESPONSES: 'true',
    GOFER_WEB_SERVER__FAILED_LOGINS_PER_MINUTE: '0',
    GOFER_WEB_EXTERNAL_EVENTS__BIND_ADDRESS: '127.0.0.1:0',
    GOFER_WEB_EXTENSIONS__STOP_TIMEOUT: '5',
    GOFER_WEB_WORKER__METRICS_BIND_ADDRESS: '127.0.0.1:0',
    ...settings,
  };
  const programs: Program[] = [];
  const start = async (role: string, more: NodeJS.ProcessEnv = {}) => {
    const program = startProgram(['service', role], { ...env, ...more });
    programs.push(program);
    await untilPrinted(program, 'stderr', `the ${role} is ready`);
    return program;
  };
  const migration = await runProgram(['service', 'migrate', '--json'], env);
  if (migration.code !== 0) throw new Error(`gofer service migrate failed:\n${migration.stderr}`);
  const { bootstrap_token: token } = JSON.parse(migration.stdout) as { bootstrap_token: string };
  const startApi = async (more: NodeJS.ProcessEnv = {}) => {
    const port = await freePort();
    // Containers of extensions reach it as well.
    const program = await start('api', { ...more, GOFER_WEB_SERVER__BIND_ADDRESS: `0.0.0.0:${port}` });
    return { ...program, url: `http://127.0.0.1:${port}` };
  };
  const { url: apiUrl } = await startApi();
  const forContainers = { GOFER_WEB_SERVER__EXTENSION_ADDRESS: `${DOCKER_HOST}:${new URL(apiUrl).port}` };
  return {
    folder,
    addresses: {
      apiUrl,
      databaseUrl: postgres.url,
      temporalAddress: temporal.address,
      token,
    },
    startApi,
    startWorker: () => start('worker', forContainers),
    stopTemporal: () => temporal.stop(),
    async restartTemporal() {
      temporal = await startWorkflowServer(Number(new URL(`http://${temporal.address}`).port));
    },
    stopPostgres: () => postgres.stop(),
    async stop() {
      await Promise.all(programs.map((program) => program.kill('SIGTERM')));
      await Promise.all([postgres.stop(), temporal.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
