import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../runtime/paths.ts';

const run = promisify(execFile);

/** Builds an image for tests. Docker itself knows what it has built before. */
export async function buildImage(folder: string, tag: string): Promise<string> {
  await run('docker', ['build', '-q', '-t', tag, folder]);
  return tag;
}

/** An image with Node.js, made of the `node` package and the libraries of this machine: no registry is needed. */
export async function buildNodeImage(): Promise<string> {
  const node = join(packageRoot, 'node_modules', 'node', 'bin', 'node');
  const { stdout } = await run('ldd', [node]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
  const context = await mkdtemp(join(tmpdir(), 'gofer-node-'));
  try {
    await mkdir(join(context, 'rootfs', 'usr', 'local', 'bin'), { recursive: true });
    await mkdir(join(context, 'rootfs', 'tmp'));
    await cp(node, join(context, 'rootfs', 'usr', 'local', 'bin', 'node'));
    for (const library of libraries) {
      const target = join(context, 'rootfs', library);
      await mkdir(dirname(target), { recursive: true });
      await cp(library, target, { dereference: true });
    }
    const dockerfile = 'FROM scratch\nCOPY rootfs /\nENV PATH=/usr/local/bin\n';
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    return await buildImage(context, 'gofer/test/node:1');
  } finally {
    await rm(context, { recursive: true });
  }
}
