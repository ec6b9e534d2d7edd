import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BaseCommand } from '../../../cli/base-command.ts';

const folder = fileURLToPath(new URL('../../../cli/commands/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

interface CommandModule {
  default: typeof BaseCommand & { summary?: string; examples?: string[] };
}

test.each(files)('%s is a command with a summary and examples of itself', async (file) => {
  const { default: command } = (await import(`${folder}${file}`)) as CommandModule;
  const typed = file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ' ');
  expect(command.prototype).toBeInstanceOf(BaseCommand);
  expect(command.summary).toMatch(/^[a-z].*[^.]$/);
  expect(command.examples).not.toHaveLength(0);
  for (const example of command.examples ?? []) expect(example).toContain(`<%= config.bin %> ${typed}`);
});
