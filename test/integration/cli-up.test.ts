import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';
import { CTRL_C, startOnTerminal, type TerminalProgram } from '../helpers/terminal.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = (...args: string[]) => runProgram(args, env);
const client = clientFor();
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const open: TerminalProgram[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((program) => program.close()));
});

function onTerminal(args: readonly string[], more: NodeJS.ProcessEnv = {}): TerminalProgram {
  const program = startOnTerminal(args, { ...env, ...more });
  open.push(program);
  return program;
}

/** Writes a pipeline document, and returns the path of its file. */
async function write(id: string, script: string): Promise<string> {
  const file = join(folder, `${id}.json`);
  await writeFile(file, JSON.stringify(pipelineOf(id, shellTask('main', script))));
  return file;
}

const versionsOf = async (pipeline: string) =>
  (await client.configs.list({ namespace: 'default', pipeline })).configs.map(({ version, state }) => [version, state]);

describe('up', () => {
  test('on a terminal shows what changes, and asks before it replaces a version', async () => {
    const id = uniqueId('up');
    expect((await gofer('up', await write(id, 'echo one'))).code).toBe(0);
    const file = await write(id, 'echo two');
    const refused = onTerminal(['up', file]);
    await refused.shows(`Replace v1 of pipeline '${id}'? [y/N]`);
    expect(refused.screen()).toMatch(
      /Changes since v1:\n {2}~ task main\n.* command:\n(.*\n)* +- +• echo one\n +\+ +• echo two\n/,
    );
    refused.type('\r');
    expect(await refused.exited).toBe(1);
    const left = onTerminal(['up', file]);
    await left.shows('[y/N]');
    left.type(CTRL_C);
    expect(await left.exited).toBe(130);
    expect(await versionsOf(id)).toEqual([[1, 'live']]);
    const accepted = onTerminal(['up', file]);
    await accepted.shows('[y/N]');
    accepted.type('y\r');
    expect(await accepted.exited).toBe(0);
    expect(accepted.screen()).toContain(`[${id}] '${id}' v2, deployed`);
    expect(await versionsOf(id)).toEqual(expect.arrayContaining([[2, 'live']]));
    const again = onTerminal(['up', file]);
    expect(await again.exited).toBe(0);
    expect(again.screen()).toContain('Nothing has changed');
  });

  test('asks nobody with --yes, and no script', async () => {
    const id = uniqueId('up');
    await gofer('up', await write(id, 'echo one'));
    const program = onTerminal(['up', await write(id, 'echo two'), '--yes'], { NO_COLOR: '', FORCE_COLOR: '1' });
    expect(await program.exited).toBe(0);
    const third = await gofer('up', await write(id, 'echo three'), '--no-deploy', '--json');
    expect(JSON.parse(third.stdout)).toMatchObject({ data: { version: 3, registered: true, deployed: false } });
    // The difference is to what is deployed, and the version that is there already is deployed as it is.
    const deployed = await gofer('up', await write(id, 'echo three'));
    expect(deployed.stdout).toMatch(/Changes since v2:\n(.*\n)*.*- .*echo two\n.*\+ .*echo three\n/);
    expect(deployed.stdout).toContain('v3, deployed');
    expect(await versionsOf(id)).toHaveLength(3);
  });

  test('--check needs no server, and draws the graph', async () => {
    const file = join(folder, 'graph.json');
    const depends_on = { first: 'Success' } as const;
    await writeFile(
      file,
      JSON.stringify(pipelineOf('graph', shellTask('second', '', { depends_on }), shellTask('first', ''))),
    );
    const { code, stdout } = await runProgram(['up', file, '--check'], {
      NO_COLOR: '1',
      GOFER_API_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Pipeline 'graph' is in order (2 tasks)");
    expect(stdout).toMatch(/ ● first\n +│\n +● second {3,}after first succeeds\n/);
  });

  test.each([
    ['build.py', '', ['import json', 'print(json.dumps(DOCUMENT))']],
    ['build', '#!/bin/sh', ["cat <<'END'", 'DOCUMENT', 'END']],
  ])('runs %s', async (name, first, lines) => {
    const id = uniqueId('up');
    const document = JSON.stringify(pipelineOf(id, shellTask('main', 'true')));
    const file = join(folder, name);
    const text = name.endsWith('.py') ? document.replaceAll('false', 'False').replaceAll('null', 'None') : document;
    await writeFile(file, [first, ...lines.map((line) => line.replace('DOCUMENT', text))].join('\n'));
    await chmod(file, 0o755);
    const { code, stdout } = await gofer('up', file);
    expect(code).toBe(0);
    expect(stdout).toContain(`[${id}]`);
  });
});
