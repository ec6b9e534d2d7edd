import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '@oclif/core';
import { Config, settings } from '@oclif/core';
import { vi } from 'vitest';

settings.enableAutoTranspile = false;
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Outside of production oclif writes warnings of its own. */
const PRODUCTION = { NODE_ENV: 'production', NO_COLOR: '1' };

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

type CommandClass = typeof Command & (new (argv: string[], config: Config) => Command);

/** Runs a command in this process, in an empty home, and takes down what it prints and its exit code. */
export async function runCommand(
  command: CommandClass,
  id: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'gofer-home-'));
  const printed = { stdout: '', stderr: '' };
  const before = process.exitCode;
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text: unknown = '') => void (printed.stdout += `${String(text)}\n`)),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed.stdout += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed.stderr += String(text)), true)),
  ];
  for (const [name, value] of Object.entries({ ...PRODUCTION, HOME: home, ...env })) vi.stubEnv(name, value);
  try {
    process.exitCode = 0;
    command.id = id;
    await command.run([...argv], await Config.load(root));
    return { ...printed, exit: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
    rmSync(home, { recursive: true });
  }
}
