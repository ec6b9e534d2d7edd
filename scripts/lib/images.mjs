import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstallPackages, refreshPackageIndex } from './apt.mjs';
import { docker } from './docker.mjs';
import { run, say } from './run.mjs';

const CONTAINERS = join(import.meta.dirname, '..', '..', 'containers');
const DEBUG_IMAGES = ['envs', 'fail', 'log', 'wait'];
/** What it was built from, so that an image is built again only when that changed. */
const LABEL = 'gofer.context';
/** The base's own base where Debian's package cannot be had. */
const PUBLIC_BASE = 'busybox:1.37-musl';

/** Builds the base and the debug images that are missing or were built from other files. */
export async function ensureImages() {
  const baseHash = await hashFolder(join(CONTAINERS, 'base'));
  const debugHash = await hashFolder(join(CONTAINERS, 'debug'), baseHash);
  const base = { tag: 'gofer/base:1', hash: baseHash, build: buildBase };
  const debug = DEBUG_IMAGES.map((name) => ({
    tag: `gofer/debug/${name}:1`,
    hash: debugHash,
    build: (image) =>
      buildImage(image, join(CONTAINERS, 'debug'), ['-f', join(CONTAINERS, 'debug', name, 'Dockerfile')]),
  }));
  for (const image of await missing([base, ...debug])) {
    say(`building image ${image.tag}`);
    await image.build(image);
  }
}

async function missing(images) {
  const found = await Promise.all(
    images.map(({ tag, hash }) =>
      docker(['image', 'ls', '-q', '--filter', `reference=${tag}`, '--filter', `label=${LABEL}=${hash}`]),
    ),
  );
  return images.filter((_, index) => found[index].trim() === '');
}

/** Adds a busybox to the files of the base, from Debian's package or, elsewhere, from the public image. */
async function buildBase(image) {
  const context = await mkdtemp(join(tmpdir(), 'gofer-base-'));
  try {
    await cp(join(CONTAINERS, 'base'), context, { recursive: true });
    if (!canInstallPackages()) return await buildImage(image, context, ['--build-arg', `FROM=${PUBLIC_BASE}`]);
    await refreshPackageIndex();
    const download = join(context, 'download');
    await mkdir(download);
    // The sandbox user of apt may not write here, and says so; root fetches it just as well.
    await run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', '-q', 'busybox-static'], { cwd: download });
    const [debianPackage] = await readdir(download);
    await run('dpkg-deb', ['-x', join(download, debianPackage), download]);
    await mkdir(join(context, 'rootfs', 'bin'), { recursive: true });
    await cp(join(download, 'bin', 'busybox'), join(context, 'rootfs', 'bin', 'busybox'));
    await rm(download, { recursive: true });
    await buildImage(image, context, []);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

function buildImage({ tag, hash }, context, options) {
  return docker(['build', '-q', '-t', tag, '--label', `${LABEL}=${hash}`, ...options, context]);
}

/** Hashes names and contents, in a fixed order. `seed` stands for what the folder depends on. */
async function hashFolder(folder, seed = '') {
  const hash = createHash('sha256').update(seed);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) {
    hash.update(`\0${file.slice(folder.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}
