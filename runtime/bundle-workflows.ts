/** Writes the workflow code as one file, so that workers need no bundler when they start. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { packageRoot, workflowBundle } from './paths.ts';

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
const workflowsPath = join(packageRoot, 'dist', 'workflows', 'index.js');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: quiet });
await writeFile(workflowBundle, code);
