import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { canInstallPackages, installPackages } from './apt.mjs';
import { lastLines, run, say, SetupError, works } from './run.mjs';

const SOCKET = '/var/run/docker.sock';
const ENGINE_LOG = '/var/log/gofer-dockerd.log';
const START_DEADLINE_MS = 60_000;

/** Makes sure that a container engine answers, installing and starting Debian's if that is possible here. */
export async function ensureEngine() {
  if (await engineAnswers()) return;
  if (process.env.DOCKER_HOST) {
    throw new SetupError(
      `no container engine answers at DOCKER_HOST=${process.env.DOCKER_HOST}. Start it, or unset DOCKER_HOST.`,
    );
  }
  if (!canInstallPackages()) throw new SetupError(missingEngine());
  // iptables comes as a dependency; docker-init and the docker client are part of the same package.
  if (!(await works('dockerd', ['--version']))) await installPackages('docker.io', 'ca-certificates');
  await startEngine();
}

function missingEngine() {
  return [
    `no container engine answers at ${SOCKET}. Gofer runs every task in a container.`,
    existsSync(SOCKET)
      ? 'The socket is there: is the engine running, and may you use it (for Docker: be in the group docker)?'
      : 'Install Docker (https://docs.docker.com/engine/install/) and start it, or set DOCKER_HOST to an engine elsewhere.',
    'To set up everything else without an engine: node scripts/setup.mjs --no-docker',
  ].join('\n');
}

/** Asks `/_ping` on the local socket; for another DOCKER_HOST it leaves addresses and certificates to the client. */
async function engineAnswers() {
  const host = process.env.DOCKER_HOST || `unix://${SOCKET}`;
  if (!host.startsWith('unix://')) return works('docker', ['version']);
  return new Promise((resolve) => {
    const ping = request({ socketPath: host.slice('unix://'.length), path: '/_ping', timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

/** Starts dockerd in a session of its own, so that it outlives this script and its terminal. */
async function startEngine() {
  say(`starting dockerd (log: ${ENGINE_LOG})`);
  const offset = existsSync(ENGINE_LOG) ? statSync(ENGINE_LOG).size : 0;
  const log = openSync(ENGINE_LOG, 'a');
  const engine = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  let ended = false;
  engine.on('exit', () => (ended = true));
  engine.on('error', () => (ended = true));
  engine.unref();
  for (const deadline = Date.now() + START_DEADLINE_MS; Date.now() < deadline && !ended; await sleep(100)) {
    if (await engineAnswers()) return;
  }
  const words = lastLines(readFileSync(ENGINE_LOG, 'utf8').slice(offset), 15);
  throw new SetupError(`dockerd ${ended ? 'ended at once' : 'does not answer'}. The end of ${ENGINE_LOG}:\n${words}`);
}

/** The `docker` client is what builds images; an engine alone is not enough for that. */
export async function ensureClient() {
  if (await works('docker', ['--version'])) return;
  if (!canInstallPackages()) {
    throw new SetupError('the docker client is missing. Install it (https://docs.docker.com/engine/install/).');
  }
  await installPackages('docker.io');
}

export function docker(args, options) {
  return run('docker', args, options);
}
