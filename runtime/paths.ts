import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, whether this file runs from the sources or from what was built from them. */
export const packageRoot = findPackageRoot(import.meta.dirname);

/** The workflow code as one file, which `npm run build` writes. */
export const workflowBundle = join(packageRoot, 'dist', 'workflow-bundle.js');

/** The web pages for people, which `npm run build` makes. */
export const consoleFolder = join(packageRoot, 'dist', 'console');

/** The bundled OpenAPI document, which `npm run generate` writes. */
export const openApiDocument = join(packageRoot, 'generated', 'openapi.json');

export const migrations = join(packageRoot, 'prisma', 'migrations');

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('there is no package.json above this program');
  return findPackageRoot(parent);
}
