import { readFileSync } from 'node:fs';
import { JSON_SUMMARY, SECTIONS } from '../../cli/help.ts';
import { anchor, code, page, sentence, table } from './markdown.ts';

interface Flag {
  readonly name: string;
  readonly char?: string;
  readonly type: 'boolean' | 'option';
  readonly summary?: string;
  readonly description?: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly required?: boolean;
  readonly hidden?: boolean;
  readonly allowNo?: boolean;
  readonly helpGroup?: string;
  readonly helpValue?: string;
}

interface Command {
  readonly id: string;
  readonly summary?: string;
  readonly description?: string;
  readonly examples?: readonly (string | { readonly command: string; readonly description?: string })[];
  readonly args: Readonly<Record<string, { name: string; required?: boolean; description?: string; hidden?: boolean }>>;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly hidden?: boolean;
  readonly aliases?: readonly string[];
}

const HEAD = `# Command line

Every command of \`gofer\`. \`gofer <command> --help\` says the same on the terminal. This page is made by \`npm run docs\`.

Settings are read from \`~/.gofer.toml\`, then \`~/.config/gofer.toml\`, then the server that \`gofer login\` or
\`gofer context use\` chose, then variables, then flags; the last one counts. On the machine of \`gofer service start\` nothing
has to be set.`;

/** The page of all commands, from the manifest that the build writes. */
export function cliPage(root: string): string {
  const { commands } = JSON.parse(readFileSync(`${root}/oclif.manifest.json`, 'utf8')) as {
    commands: Readonly<Record<string, Command>>;
  };
  const { oclif } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    oclif: { topics: Readonly<Record<string, { description: string }>> };
  };
  const shown = Object.values(commands)
    .filter(({ hidden }) => !hidden)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const topics = Map.groupBy(shown, ({ id }) => id.split(':')[0] ?? id);
  const globals = Object.values(shown[0]?.flags ?? {}).filter(({ helpGroup }) => helpGroup === 'GLOBAL');
  return page(
    HEAD,
    Object.entries(SECTIONS).flatMap(([title, rows]) =>
      table(
        [title.toLowerCase(), 'meaning'],
        rows.map(([name, text]) => [code(name), text]),
      ),
    ),
    '## All commands',
    [...topics].map(([topic, list]) => overviewOf(topic, list)).join('\n'),
    '## Flags of every command',
    table(['flag', 'meaning'], globals.map(flagRow)),
    [...topics].flatMap(([topic, list]) => [
      `## ${topic}`,
      sentence(oclif.topics[topic]?.description ?? ''),
      ...list.flatMap(commandBlocks),
    ]),
  );
}

function overviewOf(topic: string, list: readonly Command[]): string {
  const links = list.map(({ id }) => `[${typed(id).slice(topic.length + 1) || topic}](${anchor(headingOf(id))})`);
  return `- **${topic}**: ${links.join(' · ')}`;
}

const typed = (id: string): string => id.replaceAll(':', ' ');
const headingOf = (id: string): string => `gofer ${typed(id)}`;

function commandBlocks(command: Command): string[] {
  const { id, summary = '', description = '', examples = [] } = command;
  const args = Object.values(command.args).filter(({ hidden }) => !hidden);
  const flags = Object.values(command.flags).filter(({ helpGroup, hidden }) => helpGroup !== 'GLOBAL' && !hidden);
  const words = args.map(({ name, required }) => (required ? name.toUpperCase() : `[${name.toUpperCase()}]`));
  const usage = ['gofer', typed(id), ...words, ...(flags.length > 0 ? ['[flags]'] : [])].join(' ');
  return [
    `### ${headingOf(id)}`,
    `${sentence(summary)} ${description.trim()}`.trim(),
    fence('text', [usage]),
    ...table(
      ['argument', 'meaning'],
      args.map(({ name, description: meaning = '' }) => [code(name.toUpperCase()), meaning]),
    ),
    ...table(['flag', 'meaning'], flags.map(flagRow)),
    ...(examples.length > 0 ? [fence('text', examples.flatMap(exampleLines))] : []),
  ];
}

function flagRow(flag: Flag): string[] {
  const { name, char, type, options, allowNo, helpValue = name.toUpperCase().replaceAll('-', '_') } = flag;
  const long = allowNo ? `--[no-]${name}` : `--${name}`;
  const value = type === 'boolean' ? '' : ` ${options?.join('/') ?? helpValue}`;
  const names = code(`${char === undefined ? '' : `-${char}, `}${long}${value}`);
  const summary = name === 'json' ? JSON_SUMMARY : (flag.summary ?? flag.description ?? '');
  return [names, `${summary}${remarkOf(flag)}`];
}

function remarkOf({ default: value, required }: Flag): string {
  if (required) return ' (required)';
  const isSaid = typeof value === 'number' || (typeof value === 'string' && value !== '');
  return isSaid ? ` (${value} by default)` : '';
}

function exampleLines(example: string | { readonly command: string; readonly description?: string }): string[] {
  const { command, description } = typeof example === 'string' ? { command: example } : example;
  const line = command.replaceAll('<%= config.bin %>', 'gofer');
  return description === undefined ? [line] : [`# ${description}`, line];
}

function fence(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n');
}
