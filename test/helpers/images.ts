import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../runtime/paths.ts';
import { canInstallPackages, installPackages } from '../../scripts/lib/apt.mjs';

const run = promisify(execFile);

/** Builds an image for tests. Docker itself knows what it has built before. */
export async function buildImage(folder: string, tag: string): Promise<string> {
  await run('docker', ['build', '-q', '-t', tag, folder]);
  return tag;
}

/** An image with Node.js: no registry is needed. */
export function buildNodeImage(): Promise<string> {
  return buildProgramImage('gofer/test/node:1', join(packageRoot, 'node_modules', 'node', 'bin', 'node'));
}

/** The base image with programs of this machine, given by their paths, and the libraries that they need. */
export async function buildProgramImage(tag: string, ...programs: readonly string[]): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'gofer-image-'));
  try {
    const add = async (source: string, target: string) => {
      await mkdir(dirname(join(context, 'rootfs', target)), { recursive: true });
      await cp(source, join(context, 'rootfs', target), { dereference: true });
    };
    for (const program of programs) {
      await add(program, join('usr', 'local', 'bin', basename(program)));
      for (const library of await librariesOf(program)) await add(library, library);
    }
    await writeFile(join(context, 'Dockerfile'), 'FROM gofer/base:1\nCOPY rootfs /\n');
    return await buildImage(context, tag);
  } finally {
    await rm(context, { recursive: true });
  }
}

/** None of a program that is linked statically, about which `ldd` complains. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]).catch((error: { stdout: string }) => error);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}

/** The path of a program, whose Debian package is installed if it is in none of the places. */
export async function findProgram(debianPackage: string, ...places: readonly string[]): Promise<string> {
  const found = () => globSync(places).toSorted().at(-1);
  if (found() === undefined && canInstallPackages()) await installPackages(debianPackage);
  const program = found();
  if (program === undefined) throw new Error(`none of ${places.join(', ')} is there: install ${debianPackage}`);
  return program;
}
