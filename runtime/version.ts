import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths.ts';

const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };

/** The version of this program. */
export const VERSION = manifest.version;

/** The source revision this runs from, 40 hexadecimal digits; zeros outside a checkout. */
export const COMMIT = readCommit();

function readCommit(): string {
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: packageRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    };
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return '0'.repeat(40);
  }
}
