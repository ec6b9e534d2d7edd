import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { instanceLabels } from '../activities/labels.ts';
import { createDockerScheduler } from '../backends/scheduler/docker/index.ts';
import { loadConfig } from './config.ts';
import { migrations } from './paths.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { VERSION } from './version.ts';

const run = promisify(execFile);

const TEMPLATE = 'template-';
const RUN = 'run-';

/**
 * Starts an embedded stack for one purpose, of which nothing is left when it is stopped. It shares nothing with any other
 * installation, whatever the configuration of this machine says, and nobody is told of it.
 *
 * An empty stack is kept as a template in a cache folder, and copied: making one anew takes several times as long.
 *
 * @param onTemplate called if the template has to be made first
 */
export async function startLocalStack(onTemplate: () => void): Promise<Stack> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await removeAbandoned(cache);
  const template = await findTemplate(cache, onTemplate);
  const instance = randomUUID();
  const folder = join(cache, runFolder(instance));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { mode: 0o755 });
    // Owners and modes included: PostgreSQL insists on them.
    await run('cp', ['-a', `${template}/.`, folder]);
    const stack = await startStack({ ...optionsFor(folder), instance });
    return {
      ...stack,
      async stop() {
        await stack.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function optionsFor(dataDir: string): StackOptions {
  const config = loadConfig({}, '');
  return {
    dataDir,
    ...{ port: 0, externalEventsPort: 0, temporalPort: 0, temporalUiPort: 0 },
    config: { ...config, extensions: { ...config.extensions, install_std_extensions: false } },
    logFile: join(dataDir, 'gofer.log'),
    announce: false,
  };
}

async function findTemplate(cache: string, onTemplate: () => void): Promise<string> {
  const template = join(cache, `${TEMPLATE}${await templateKey()}`);
  if (existsSync(template)) return template;
  onTemplate();
  const draft = join(cache, runFolder(randomUUID()));
  await mkdir(draft, { mode: 0o755 });
  const stack = await startStack(optionsFor(draft));
  await stack.stop();
  const outdated = (await readdir(cache)).filter(
    (name) => name.startsWith(TEMPLATE) && !join(cache, name).startsWith(template),
  );
  await shareProgram(join(draft, 'postgres', 'program'), `${template}-program`);
  await rename(draft, template).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(template)) throw error;
  });
  for (const name of outdated) await rm(join(cache, name), { recursive: true, force: true });
  return template;
}

/** A copy of PostgreSQL's program is most of a template, and nothing changes it: all stacks use the same. */
async function shareProgram(program: string, place: string): Promise<void> {
  if (!existsSync(program)) return;
  if (existsSync(place)) await rm(program, { recursive: true });
  else await rename(program, place);
  await symlink(place, program);
}

/** What an empty stack depends on. */
async function templateKey(): Promise<string> {
  const parts = [VERSION, process.arch, ...(await readdir(migrations)).toSorted()];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}

/** Says whose it is, and what its containers are labelled with, so that others can clear up after a process that was killed. */
function runFolder(instance: string): string {
  return `${RUN}${process.pid}-${instance}`;
}

/** Removes what processes that were killed have left, containers included. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const [, pid, instance] = /^run-(\d+)-(.+)$/.exec(name) ?? [];
    if (pid === undefined || instance === undefined || isAlive(Number(pid))) continue;
    const scheduler = createDockerScheduler();
    const containers = await scheduler.findContainers(instanceLabels(instance));
    for (const id of containers) await scheduler.removeContainer(id);
    await scheduler.close();
    await rm(join(cache, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** For root not below its home, which PostgreSQL, which does not run as root, may not enter. */
function cacheFolder(): string {
  const wanted = process.env['GOFER_CACHE_DIR'];
  if (wanted) return join(wanted, 'local');
  const folder = process.env['XDG_CACHE_HOME'] ?? (process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache'));
  return join(folder, 'gofer', 'local');
}
