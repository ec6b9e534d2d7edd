import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GraphWalk, satisfies } from '../../core/graph.ts';
import { runOutcome, type JudgedEnd, type RunStop } from '../../core/outcomes.ts';
import { ParentRequirement, RunReason, RunStatus, TaskReason, TaskStatus } from '../../core/states.ts';
import { loadConfig } from '../../runtime/config.ts';
import { anchor } from '../../scripts/pages/markdown.ts';
import { PAGES } from '../../scripts/pages/pages.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const DOCUMENTS = ['README.md', 'examples/README.md', ...globSync('docs/*.md', { cwd: root })];

/** The rows of the table whose header begins with this cell, as objects by column. */
function table(document: string, firstColumn: string): Record<string, string>[] {
  const lines = read(document).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`));
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  const [header = [], , ...rows] = lines.slice(start, end).map(cells);
  return rows.map((row) => Object.fromEntries(header.map((column, index) => [column, row[index] ?? ''])));
}

/** The words in back quotes, checked to be values of a type. */
function words<T extends string>(cell: string, type: Readonly<Record<string, T>>): T[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => {
    const value = Object.values(type).find((candidate) => candidate === word);
    if (!value) throw new Error(`'${word}' is not one of ${Object.values(type).join(', ')}`);
    return value;
  });
}

describe('docs/task-dependencies.md', () => {
  const document = 'docs/task-dependencies.md';

  test('its first table says which parent satisfies which requirement', () => {
    const rows = table(document, 'parent ended');
    expect(rows.flatMap((row) => words(row['parent ended'] ?? '', TaskStatus)).toSorted()).toEqual(
      Object.values(TaskStatus).toSorted(),
    );
    for (const { 'parent ended': parent = '', ...decisions } of rows) {
      const [status = TaskStatus.Unknown] = words(parent, TaskStatus);
      for (const [column, decision] of Object.entries(decisions)) {
        const [required = ParentRequirement.Unknown] = words(column, ParentRequirement);
        expect(decision, `${status} parent, ${required} required`).toBe(satisfies(status, required) ? 'run' : 'skip');
      }
      expect(satisfies(status, ParentRequirement.Unknown)).toBe(false);
    }
  });

  test('a task is judged when all its parents have ended', () => {
    const walk = new GraphWalk([
      { id: 'one', dependsOn: {} },
      { id: 'two', dependsOn: {} },
      { id: 'child', dependsOn: { one: 'success', two: 'any' } },
    ]);
    walk.begin();
    expect(walk.finish('one', TaskStatus.Failed)).toEqual({ start: [], skip: [] });
    expect(walk.finish('two', TaskStatus.Successful).skip).toMatchObject([{ task: 'child', parent: 'one' }]);
  });

  test.each(table(document, 'told to stop'))(
    'its second table says how a run ends: $run after $["tasks ended"]',
    (row) => {
      const ended = (row['tasks ended'] ?? '').split(',').flatMap((cell, index): JudgedEnd[] => {
        const [status] = words(cell.replace(/\(.*\)/, ''), TaskStatus);
        const [reason] = words(/\(.*\)/.exec(cell)?.[0] ?? '', TaskReason);
        const outcome = status && { status, exitCode: 1, ...(reason && { reason }) };
        return outcome ? [{ task: `task-${index}`, outcome, allowFailure: cell.includes('may fail') }] : [];
      });
      const stops: Readonly<Record<string, RunStop>> = {
        cancelled: { kind: 'cancelled' },
        'timed out': { kind: 'timed_out', seconds: 1 },
      };
      const outcome = runOutcome(ended, stops[row['told to stop'] ?? '']);
      expect(words(row['run'] ?? '', RunStatus)).toEqual([outcome.status]);
      expect(words(row['reason'] ?? '', RunReason)).toEqual(outcome.reason ? [outcome.reason] : []);
    },
  );
});

describe('docs/pipeline-config.md', () => {
  interface Schema {
    readonly $ref?: string;
    readonly type?: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly enum?: readonly string[];
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Schema>>;
  }
  const { schemas } = (
    JSON.parse(read('generated/openapi.json')) as { components: { schemas: Record<string, Schema> } }
  ).components;
  const follow = (schema: Schema): Schema => schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  const typeOf = ({ type, minimum, maximum, enum: values }: Schema): string => {
    if (values) return values.map((value) => `\`${value}\``).join(', ');
    if (minimum === undefined) return type === 'array' ? 'list' : (type ?? '');
    return maximum === undefined ? `${type}, from ${minimum}` : `${type}, ${minimum} to ${maximum}`;
  };

  test.each([
    ['pipeline', 'ConfigDocument'],
    ['task', 'TaskDocument'],
    ['retries', 'RetryPolicy'],
  ])('has the fields of a %s as the OpenAPI document has them', (column, name) => {
    const { properties = {}, required = [] } = schemas[name] ?? {};
    const fields = Object.entries(properties).map(([field, schema]) => ({
      field: `\`${field}\`${required.includes(field) ? ' *' : ''}`,
      type: typeOf(follow(schema)),
    }));
    const rows = table('docs/pipeline-config.md', column);
    expect(rows.map((row) => ({ field: row[column], type: row['type'] }))).toEqual(fields);
    for (const row of rows) {
      expect(row['meaning'], row[column]).not.toBe('');
      expect(row['default'] === '', row[column]).toBe(row[column]?.endsWith('*'));
    }
  });

  test('its example uses every option', () => {
    const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(read('docs/pipeline-config.md')) ?? [];
    for (const column of ['pipeline', 'task']) {
      const options = table('docs/pipeline-config.md', column).filter((row) => row['default'] === '–');
      for (const row of options) {
        const method = (row[column] ?? '')
          .replaceAll('`', '')
          .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
        expect(code).toContain(`.${method}(`);
      }
    }
  });
});

test('docs/dependencies.md has one line for each dependency, and no other', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const [runTime = '', development = ''] = read('docs/dependencies.md').split('## For development');
  const named = (text: string) => [...text.matchAll(/^- `([^`]+)`: \S/gm)].map(([, name]) => name);
  expect(named(runTime)).toEqual(Object.keys(dependencies).toSorted());
  expect(named(development)).toEqual(Object.keys(devDependencies).toSorted());
});

describe.each(DOCUMENTS)('%s', (document) => {
  test('links to files that exist, and to headings that they have', () => {
    const links = [...read(document).matchAll(/(?:\]\(|src(?:set)?=")(?!https?:)([^)#"]*)(#[^)"]+)?/g)];
    const missing = links.filter(([, target = '', heading]) => {
      const path = target === '' ? document : join(dirname(document), target);
      if (!existsSync(join(root, path))) return true;
      return heading !== undefined && !headings(path).has(heading);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test('names folders and files that exist', () => {
    const paths = [...read(document).matchAll(/`([a-z]+\/[\w./-]+\.\w+)`/g)].map(([, path = '']) => path);
    expect(paths.filter((path) => !path.startsWith('generated/') && !existsSync(join(root, path)))).toEqual([]);
  });
});

test.each(DOCUMENTS)('%s uses commands and scripts that exist', (document) => {
  const commands = [
    ...read(document).matchAll(/^(?:\$ )?gofer ([a-z-]+(?: [a-z-]+){0,2})|`gofer ([a-z-]+(?: [a-z-]+){1,2})`/gm),
  ];
  // What follows a command are its arguments.
  const unknown = commands
    .map(([, first, second]) => (first ?? second ?? '').split(' '))
    .filter((words) => ![1, 2, 3].some((count) => commandExists(words.slice(0, count).join('/'))));
  expect(unknown).toEqual([]);

  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const used = [...read(document).matchAll(/npm run ([a-z:]+)/g)].map(([, script = '']) => script);
  expect(used.filter((script) => !(script in scripts))).toEqual([]);
});

const known = new Map<string, ReadonlySet<string>>();

/** What links within a document can point at. */
function headings(path: string): ReadonlySet<string> {
  const found =
    known.get(path) ?? new Set([...read(path).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => anchor(text)));
  known.set(path, found);
  return found;
}

function commandExists(path: string): boolean {
  return [`${path}.ts`, `${path}/index.ts`].some((file) => existsSync(join(root, 'cli', 'commands', file)));
}

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml');
  const [, services = ''] = /^services:\n([\s\S]*?)^\S/m.exec(compose) ?? [];
  /** Each service's lines, with the blocks that it takes over spelled out. */
  const byName = Object.fromEntries(
    services
      .split(/^ {2}(?=[a-z])/m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf(':')), expand(text)]),
  );

  function expand(text: string): string {
    return text.replace(/<<: \*(\S+)/, (_, name: string) => {
      const [, block = ''] = new RegExp(`&${name}\\n([\\s\\S]*?)\\n\\n`).exec(compose) ?? [];
      return block;
    });
  }

  test('configures Gofer with keys that it knows and values that it takes', () => {
    const variables = [...compose.matchAll(/^ +(GOFER_WEB_\w+): (.+)$/gm)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\$\{[^}]+\}/g, 'x'.repeat(32)),
    ]);
    const config = loadConfig(Object.fromEntries(variables), '/nonexistent');
    expect(config).toMatchObject({
      object_store: { filesystem: { path: '/var/lib/gofer/objects' } },
      temporal: { address: 'temporal:7233' },
    });
    expect(config.database.url).toMatch(/^postgresql:/);
    expect(config.secret_store.encryption_key).toHaveLength(32);
  });

  test('has every variable in the table of docs/deploy.md', () => {
    const used = new Set([...compose.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name = '']) => name));
    const explained = table('docs/deploy.md', 'variable in `.env`').map((row) =>
      Object.values(row)[0]?.replaceAll('`', ''),
    );
    expect(explained.toSorted()).toEqual([...used].toSorted());
  });

  test('starts services again, and says how to see that they are well', () => {
    const once = ['migrate', 'temporal-namespace', 'temporal-schema'];
    expect(Object.keys(byName)).toEqual(expect.arrayContaining(['api', 'postgres', 'temporal', 'worker', ...once]));
    for (const [name, text] of Object.entries(byName)) {
      expect(text, name).toContain(once.includes(name) ? 'restart: on-failure' : 'restart: unless-stopped');
    }
    for (const name of ['api', 'postgres', 's3', 'temporal']) expect(byName[name]).toContain('healthcheck:');
  });

  test('gives the socket of the container engine to the worker only', () => {
    const holders = Object.entries(byName).filter(([, text]) => text.includes('docker.sock'));
    expect(holders.map(([name]) => name)).toEqual(['worker']);
  });

  test('keeps what is not protected off the network', () => {
    const ports = [...compose.matchAll(/^ {4}ports:\n((?: {6}- .*\n)+)/gm)].flatMap(([, list = '']) =>
      list.trim().split('\n'),
    );
    expect(ports).toHaveLength(4);
    // The bridge is where the containers of this machine are, and nobody else.
    for (const port of ports) expect(port).toMatch(/127\.0\.0\.1:|172\.17\.0\.1\}:/);
  });
});

test.each(Object.entries(PAGES))(
  '%s is what npm run docs makes of the code',
  (path, make) => {
    expect(read(path)).toBe(make(root));
  },
  60_000,
);
