import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fonts are compressed already. */
const COMPRESSIBLE = /\.(css|html|js|svg)$/;
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Puts a compressed copy beside every file, for the server to send. */
export function compress(): Plugin {
  let folder = '';
  return {
    name: 'gofer-compress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(
        names.filter((name) => COMPRESSIBLE.test(name)).map((name) => compressFile(join(folder, name))),
      );
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path);
  await Promise.all([
    promisify(brotliCompress)(bytes, BROTLI).then((copy) => writeFile(`${path}.br`, copy)),
    promisify(gzip)(bytes, { level: 9 }).then((copy) => writeFile(`${path}.gz`, copy)),
  ]);
}
