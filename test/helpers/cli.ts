import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command, Config } from '@oclif/core';
import { expect, inject } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../runtime/paths.ts';
import { type Outcome, runCommand } from '../unit/cli/run-command.ts';

type CommandClass = typeof Command & (new (argv: string[], config: Config) => Command);

const COMMANDS = join(packageRoot, 'cli', 'commands');
const EXACT_TIME = /[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000/g;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Runs `gofer` with these words in this process, which is much faster than in one of its own, against the shared cluster.
 * Nothing is a terminal.
 */
export async function gofer(...words: readonly string[]): Promise<Outcome> {
  return goferWith({}, ...words);
}

/** The same with more environment variables. */
export async function goferWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Outcome> {
  const { apiUrl, token } = inject('cluster');
  const { file, length } = commandFile(words);
  const { default: command } = (await import(file)) as { default: CommandClass };
  const settings = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, ...env };
  return runCommand(command, words.slice(0, length).join(':'), words.slice(length), settings);
}

/** What it prints for people, with exact times. All times and UUIDs are the same ones, so that it can be compared. */
export async function plain(...words: readonly string[]): Promise<string> {
  const { stdout, stderr, exit } = await gofer(...words, '--detail');
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
  return normal(stdout);
}

/** Puts the same moment and the same UUID in place of all others. */
export function normal(text: string): string {
  return text
    .replaceAll(EXACT_TIME, 'Thu, 01 Jan 2026 00:00:00 +0000')
    .replaceAll(UUID, '01234567-89ab-cdef-0123-456789abcdef')
    .replaceAll(/[ \t]+$/gm, '');
}

/** What it answers in JSON, which has to be what the OpenAPI document says of this schema. */
export async function json(schema: string, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout, stderr, exit } = await gofer(...words, '--json');
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
  return schemaOf(schema).parse(JSON.parse(stdout)) as Record<string, unknown>;
}

/** What an action without an answer says in JSON. */
export async function done(...words: readonly string[]): Promise<unknown> {
  const { stdout, stderr, exit } = await gofer(...words, '--json');
  expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
  const { label, data } = JSON.parse(stdout) as { label: string; data: unknown };
  expect(label).toBe('success');
  return data;
}

interface Schemas {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** JSON Schema has definitions where OpenAPI has components. */
const document = readFileSync(join(packageRoot, 'generated', 'openapi.json'), 'utf8');
const { schemas } = (JSON.parse(document.replaceAll('#/components/schemas/', '#/definitions/')) as Schemas).components;

function schemaOf(name: string): z.ZodType {
  expect(schemas).toHaveProperty(name);
  return z.fromJSONSchema({ ...schemas[name], definitions: schemas } as never, { defaultTarget: 'openapi-3.0' });
}

function commandFile(words: readonly string[]): { file: string; length: number } {
  for (let length = Math.min(3, words.length); length > 0; length -= 1) {
    const path = join(COMMANDS, ...words.slice(0, length));
    const file = [`${path}.ts`, join(path, 'index.ts')].find((candidate) => existsSync(candidate));
    if (file !== undefined) return { file, length };
  }
  throw new Error(`there is no command in '${words.join(' ')}'`);
}

const GOFER = join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js');

/** Runs `gofer` in a process of its own, with something on its standard input. */
export async function goferReading(
  input: string | Buffer,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [GOFER, ...args], { env: environment(env) });
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exit: Number(code), stdout, stderr };
}

/** Runs `gofer` on a terminal, and types an answer after each of the questions. Returns what the terminal showed. */
export async function goferAsked(
  answers: readonly (readonly [question: string, keys: string])[],
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ exit: number; shown: string }> {
  const command = [process.execPath, GOFER, ...args].map((word) => `'${word}'`).join(' ');
  const options = ['--quiet', '--return', '--command', command, '/dev/null'];
  const child = spawn('script', options, { env: environment(env) });
  const open = [...answers];
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece;
    const [question, keys] = open[0] ?? [];
    const at = question === undefined ? -1 : shown.indexOf(question, seen);
    if (at < 0) return;
    seen = at + (question?.length ?? 0);
    open.shift();
    child.stdin.write(keys ?? '');
  });
  const [code] = await once(child, 'close');
  return { exit: Number(code), shown };
}

function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { apiUrl, token } = inject('cluster');
  return { ...process.env, GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1', ...more };
}
