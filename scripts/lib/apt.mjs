import { existsSync } from 'node:fs';
import { run, say } from './run.mjs';

/** True on a Debian or Ubuntu machine whose packages we may install. */
export function canInstallPackages() {
  return existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
}

const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive' };
/** Somebody else may be installing something at this moment. */
const WAIT_FOR_LOCK = ['-o', 'DPkg::Lock::Timeout=300'];
let refreshed;

/** Reads the package lists, once per run of the setup. */
export function refreshPackageIndex() {
  refreshed ??= run('apt-get', [...WAIT_FOR_LOCK, 'update', '-q'], { env: ENVIRONMENT });
  return refreshed;
}

export async function installPackages(...packages) {
  say(`installing ${packages.join(', ')} with apt-get`);
  await refreshPackageIndex();
  await run('apt-get', [...WAIT_FOR_LOCK, 'install', '-q', '-y', '--no-install-recommends', ...packages], {
    env: ENVIRONMENT,
  });
}
