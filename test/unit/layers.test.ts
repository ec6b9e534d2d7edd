import { execFile } from 'node:child_process';
import { copyFile, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What the linter has to say about one import in one file: a value import unless it is given as `type …`. */
const CASES = {
  allowed: [
    ['cli/commands/run/x.ts', '../../../sdk/client.ts'],
    ['cli/commands/service/x.ts', '../../../runtime/stack.ts'],
    ['cli/x.ts', '../core/errors.ts'],
    ['sdk/pipeline/x.ts', '../../core/pipeline-config.ts'],
    ['sdk/x.ts', 'type ../generated/openapi.ts'],
    ['console/run/x.ts', '../../sdk/resources.ts'],
    ['console/run/x.ts', 'type ../../sdk/wire.ts'],
    ['console/run/x.ts', '../../core/permissions.ts'],
    ['console/build/x.ts', 'node:zlib'],
    ['api/resources/x.ts', '../../services/runs.ts'],
    ['api/resources/x.ts', '../../store/runs.ts'],
    ['api/resources/x.ts', 'type ../../backends/logs/contract.ts'],
    ['api/resources/x.ts', 'type ../../generated/prisma/client.ts'],
    ['activities/x.ts', '../services/configs.ts'],
    ['activities/x.ts', '../backends/scheduler/contract.ts'],
    ['activities/x.ts', 'type ../sdk/wire.ts'],
    ['workflows/run/x.ts', '../activities.ts'],
    ['workflows/run/x.ts', 'type ../../activities/contract.ts'],
    ['workflows/run/x.ts', '../../core/graph.ts'],
    ['workflows/run/x.ts', '@temporalio/workflow'],
    ['services/x.ts', '../workflows/messages.ts'],
    ['services/x.ts', '../store/runs.ts'],
    ['store/x.ts', '../generated/prisma/client.ts'],
    ['store/x.ts', 'type ../sdk/wire.ts'],
    ['backends/logs/x.ts', '../scheduler/contract.ts'],
    ['backends/logs/x.ts', '../../core/ids.ts'],
    ['core/x.ts', './graph.ts'],
    ['runtime/x.ts', '../api/app.ts'],
  ],
  refused: [
    ['cli/commands/run/x.ts', '../../../runtime/stack.ts'],
    ['cli/x.ts', '../services/runs.ts'],
    ['cli/x.ts', '../api/app.ts'],
    ['cli/x.ts', '@temporalio/client'],
    ['cli/commands/service/x.ts', '../../../api/server.ts'],
    ['console/run/x.ts', '../../sdk/client.ts'],
    ['console/run/x.ts', 'type ../../generated/openapi.ts'],
    ['console/run/x.ts', '../../services/access.ts'],
    ['console/run/x.ts', 'node:fs'],
    ['sdk/x.ts', '../services/runs.ts'],
    ['sdk/x.ts', 'type ../generated/prisma/client.ts'],
    ['sdk/x.ts', '../cli/config.ts'],
    ['api/resources/x.ts', '../../activities/index.ts'],
    ['api/resources/x.ts', '../../workflows/messages.ts'],
    ['api/resources/x.ts', '../../backends/logs/files.ts'],
    ['api/resources/x.ts', '../../generated/prisma/client.ts'],
    ['api/resources/x.ts', '../../sdk/client.ts'],
    ['api/x.ts', '../runtime/config.ts'],
    ['activities/x.ts', '../api/app.ts'],
    ['activities/x.ts', '../workflows/messages.ts'],
    ['activities/x.ts', '../backends/scheduler/docker/index.ts'],
    ['activities/x.ts', 'pg'],
    ['workflows/run/x.ts', '../../activities/contract.ts'],
    ['workflows/run/x.ts', 'type ../../activities/index.ts'],
    ['workflows/run/x.ts', 'type ../../store/runs.ts'],
    ['workflows/run/x.ts', '@temporalio/client'],
    ['workflows/run/x.ts', 'node:fs'],
    ['workflows/run/x.ts', 'fs'],
    ['workflows/run/x.ts', 'zod'],
    ['services/x.ts', '../api/app.ts'],
    ['services/x.ts', '../activities/index.ts'],
    ['services/x.ts', '../workflows/run/index.ts'],
    ['services/x.ts', '../backends/logs/files.ts'],
    ['store/x.ts', '../services/runs.ts'],
    ['store/x.ts', '../sdk/client.ts'],
    ['backends/logs/x.ts', '../../store/runs.ts'],
    ['backends/logs/x.ts', '../../runtime/config.ts'],
    ['core/x.ts', '../store/runs.ts'],
    ['core/x.ts', 'type ../sdk/wire.ts'],
    ['core/x.ts', 'node:crypto'],
    ['core/x.ts', 'zod'],
    ['runtime/x.ts', '../cli/config.ts'],
  ],
} satisfies Record<string, [file: string, imported: string][]>;

describe('the linter', () => {
  let folder: string;
  let refused: ReadonlySet<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gofer-layers-'));
    await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const cases = [...CASES.allowed, ...CASES.refused];
    await Promise.all(cases.map(([file, imported]) => writeCase(file, imported)));
    refused = await lint();
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function writeCase(file: string, imported: string): Promise<void> {
    const path = join(folder, caseFile(file, imported));
    await mkdir(dirname(path), { recursive: true });
    const [kind, module] = imported.startsWith('type ') ? ['type X', imported.slice(5)] : ['* as x', imported];
    await writeFile(path, `import ${kind} from '${module}';\n`);
  }

  /** The files that the rule about imports complains of. */
  async function lint(): Promise<ReadonlySet<string>> {
    const oxlint = join(root, 'node_modules', '.bin', 'oxlint');
    const { stdout } = await run(oxlint, ['--format', 'json', folder], { cwd: folder }).catch((error: unknown) => {
      // Complaints are what this asks for, and make it exit with 1.
      if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) };
      throw error;
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    const complaints = diagnostics.filter(({ code }) => code.includes('no-restricted-imports'));
    return new Set(complaints.map(({ filename }) => filename));
  }

  test.each(CASES.allowed)('lets %s import %s', (file, imported) => {
    expect(refused).not.toContain(caseFile(file, imported));
  });

  test.each(CASES.refused)('does not let %s import %s', (file, imported) => {
    expect(refused).toContain(caseFile(file, imported));
  });
});

/** One file for each case: `api/x.ts` becomes `api/x-<what it imports>.ts`. */
function caseFile(file: string, imported: string): string {
  return file.replace('x.ts', `${imported.replaceAll(/[^a-z]+/g, '-')}.ts`);
}

test('what loads the runtime does so only when it runs', async () => {
  const early: string[] = [];
  for await (const file of glob('cli/**/*.ts', { cwd: root })) {
    const source = await readFile(join(root, file), 'utf8');
    if (/^(import|export) (?!type )[^;]*from '[./]+runtime\//m.test(source)) early.push(file);
  }
  expect(early).toEqual([]);
});
