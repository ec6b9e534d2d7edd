import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../core/builtin/filter.ts';
import { parseCron } from '../../../../core/schedule/cron-expression.ts';
import ExtensionPreviewCron from '../../../../cli/commands/extension/preview/cron.ts';
import { BUILTIN_EXTENSIONS } from '../../../../services/builtin/index.ts';
import { compileTarget } from '../../../../services/target-patterns.ts';
import { runCommand } from '../../cli/run-command.ts';
import { subscribed } from './subjects.ts';

const page = readFileSync(new URL('../../../../docs/extensions-builtin.md', import.meta.url), 'utf8');

function section(title: string): string {
  const [, text] = new RegExp(`\\n## ${title}\\n([^]*?)(?=\\n## |$)`).exec(page) ?? [];
  if (text === undefined) throw new Error(`there is no section ${title}`);
  return text;
}

/** The first cells of a table's rows, without the back quotes. */
function rows(text: string, head: string): string[][] {
  const [, body = ''] = new RegExp(`\\n\\| ${head} \\|[^\\n]*\\n\\|[-| ]+\\n((?:\\|.*\\n)+)`).exec(text) ?? [];
  return [...body.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split(' | ').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}

function fences(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
}

describe.each(BUILTIN_EXTENSIONS.map((extension) => [extension.kind, extension] as const))('%s', (kind, extension) => {
  const { config_params: settings, pipeline_subscription_params: parameters } = extension.documentation;
  const text = section(kind);

  test('all parameters and settings are there, and those that are required say so', () => {
    const documented = (head: string) =>
      rows(text, head).map(([key, meaning]) => ({ key, required: meaning?.startsWith('Required.') === true }));
    const stated = (list: typeof settings) =>
      list.map(({ key, required }) => ({ key, required })).toSorted((a, b) => a.key.localeCompare(b.key));
    const sorted = (head: string) => documented(head).toSorted((a, b) => String(a.key).localeCompare(String(b.key)));
    expect(sorted('parameter')).toEqual(stated(parameters));
    expect(sorted('setting')).toEqual(stated(settings));
  });

  test('the examples are valid', () => {
    const examples = fences(text, 'json');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const resolved = example.replaceAll(/pipeline_secret\{\{.*?\}\}/g, 'https://example.org/secret');
      const values = JSON.parse(resolved) as Record<string, string>;
      expect(() => extension.plan(subscribed(values), {})).not.toThrow();
    }
  });
});

test('the expressions have as many fields as it says', () => {
  for (const [expression = '', fields = ''] of rows(section('cron'), 'expression')) {
    expect(() => parseCron(expression)).not.toThrow();
    expect(expression.split(' ')).toHaveLength(fields === 'six' ? 6 : 5);
  }
});

test('the filters are met by what it says', () => {
  const filters = rows(section('webhook'), 'filter');
  expect(filters.length).toBeGreaterThan(3);
  for (const [filter = '', body = ''] of filters) {
    const met = compileFilter(filter, ['body', 'headers'], compileTarget);
    expect(met({ body: JSON.parse(body) as unknown })).toBe(true);
    expect(met({ body: {} })).toBe(false);
  }
});

test('the preview prints what it says', async () => {
  const [, command = '', output = ''] =
    /\$ gofer extension preview cron (.*)\n([^]*)/.exec(fences(section('cron'), 'console')[0] ?? '') ?? [];
  const argv = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  const { stdout } = await runCommand(ExtensionPreviewCron, 'extension:preview:cron', argv, {});
  expect(stdout).toBe(output);
});
