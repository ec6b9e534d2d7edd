import { z } from 'zod';
import { configSchema, GONE } from './config-schema.ts';

interface Property {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Property>>;
}

const HEAD = `# Configuration

\`gofer service api\`, \`worker\` and \`migrate\` read \`/etc/gofer/gofer_web.toml\`, and then variables, which win:
\`[api] log_level\` is \`GOFER_WEB_API__LOG_LEVEL\`, \`[object_store.filesystem] path\` is
\`GOFER_WEB_OBJECT_STORE__FILESYSTEM__PATH\`. In a variable \`true\`, \`false\` and whole numbers are what they look like; a text
of digits needs double quotes. An unknown key or a wrong value keeps the server from starting, and is named. The embedded
stack of \`gofer service start\` reads the same, and chooses addresses, folders and the key by itself where none are given.

\`gofer service config\` shows what all that comes to, with secrets masked.

This page is made by \`npm run docs\`.

| key | default | meaning |
| --- | --- | --- |
`;

/** The page that documents every key, made from the schema. */
export function configurationPage(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Property;
  const gone = Object.entries(GONE).map(([key, remedy]) => `| \`${key}\` | ${remedy} |`);
  return [
    HEAD + rowsOf(schema, []).join('\n'),
    '## Keys of the original Gofer that are refused',
    ['| key | instead |', '| --- | --- |', ...gone].join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function rowsOf(block: Property, path: readonly string[]): string[] {
  return Object.entries(block.properties ?? {}).flatMap(([name, property]) => {
    const key = [...path, name];
    if (property.properties && Object.keys(property.properties).length > 0) return rowsOf(property, key);
    return [`| \`${key.join('.')}\` | ${defaultOf(key.join('.'), property)} | ${property.description ?? ''} |`];
  });
}

function defaultOf(key: string, property: Property): string {
  // It depends on where the page is made.
  if (key === 'development.pretty_logging') return 'on a terminal';
  return property.default === undefined ? '–' : `\`${JSON.stringify(property.default)}\``;
}
