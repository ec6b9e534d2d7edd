import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CommandError, EXIT } from '../errors.ts';

export const LANGUAGES = ['typescript', 'go', 'rust', 'python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** How to run a pipeline program. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Where a pipeline's document comes from. */
export type Source =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'document'; readonly file: string }
  | { readonly kind: 'program'; readonly program: Program };

/**
 * Finds out what to do with the path given to `gofer up`: `-`, a JSON document, a program, or a project's folder.
 *
 * @throws CommandError if the path does not exist, or does not say clearly what to run
 */
export function detectSource(path: string, language?: Language): Source {
  if (path === '-') return { kind: 'stdin' };
  const full = resolve(path);
  if (!existsSync(full)) throw new CommandError(`'${path}' does not exist`, EXIT.usage);
  if (statSync(full).isDirectory()) return { kind: 'program', program: detectProject(full, path, language) };
  if (full.endsWith('.json')) return { kind: 'document', file: full };
  return { kind: 'program', program: detectProgram(full, path) };
}

/** A single file: by the end of its name, or else whatever it is that can be executed. */
function detectProgram(file: string, path: string): Program {
  const cwd = dirname(file);
  if (isScript(file)) return nodeProgram(file, cwd);
  if (file.endsWith('.py')) return pythonProgram(file, cwd);
  if (file.endsWith('.go')) return { command: 'go', args: ['run', file], cwd };
  if (isExecutable(file)) return { command: file, args: [], cwd };
  throw new CommandError(`it is not clear how to run '${path}'`, EXIT.usage, [
    'it is neither a .ts, .mts, .js, .mjs, .py or .go program nor a .json document, and it cannot be executed',
    `if it is a program: chmod +x ${path}`,
  ]);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function pythonProgram(file: string, cwd: string): Program {
  return { command: 'python3', args: [file], cwd };
}

function detectProject(folder: string, path: string, wanted: Language | undefined): Program {
  const found: Partial<Record<Language, Program>> = {};
  const entry = findEntry(folder);
  if (entry) found.typescript = nodeProgram(entry, folder);
  if (existsSync(join(folder, 'go.mod'))) found.go = { command: 'go', args: ['run', '.'], cwd: folder };
  const manifest = join(folder, 'Cargo.toml');
  if (existsSync(manifest)) {
    found.rust = { command: 'cargo', args: ['run', '--quiet', `--manifest-path=${manifest}`], cwd: process.cwd() };
  }
  const script = ['pipeline.py', 'main.py'].map((name) => join(folder, name)).find((file) => existsSync(file));
  if (script !== undefined) found.python = pythonProgram(script, folder);
  const languages = LANGUAGES.filter((language) => found[language] && (!wanted || language === wanted));
  const [language] = languages;
  const program = language && found[language];
  if (!program) {
    throw new CommandError(`'${path}' has no ${wanted ?? 'pipeline'} program`, EXIT.usage, [
      'expected pipeline.ts (or main.*, index.*, also below src/), the field "gofer" in package.json, go.mod, Cargo.toml or pipeline.py',
      `or name the file: gofer up ${join(path, 'build.ts')}`,
    ]);
  }
  if (languages.length > 1) {
    throw new CommandError(`'${path}' has programs in several languages: ${languages.join(', ')}`, EXIT.usage, [
      `choose one: gofer up ${path} --language ${language}`,
    ]);
  }
  return program;
}

const ENTRY_NAMES = ['pipeline', 'main', 'index'];
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

function findEntry(folder: string): string | undefined {
  const named = entryOfPackage(join(folder, 'package.json'));
  if (named !== undefined) return resolve(folder, named);
  const candidates = ENTRY_NAMES.flatMap((name) =>
    [folder, join(folder, 'src')].flatMap((place) => EXTENSIONS.map((extension) => join(place, name + extension))),
  );
  return candidates.find((candidate) => existsSync(candidate));
}

function entryOfPackage(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { gofer } = JSON.parse(readFileSync(file, 'utf8')) as { gofer?: unknown };
    return typeof gofer === 'string' ? gofer : undefined;
  } catch (error) {
    throw new CommandError(`${file} is not JSON: ${(error as Error).message}`, EXIT.usage);
  }
}

function isScript(file: string): boolean {
  return EXTENSIONS.some((extension) => file.endsWith(extension));
}

/** Types are stripped by Node itself, and `gofer/sdk` is this package's own, so no project has to be installed. */
function nodeProgram(entry: string, cwd: string): Program {
  const preload = new URL(`preload${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  return {
    command: process.execPath,
    args: [
      ...(process.features.typescript ? [] : ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']),
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      `--import=${preload.href}`,
      entry,
    ],
    cwd,
  };
}

/** The command to repeat a program by hand, quoted for a shell. */
export function commandLine({ command, args, cwd }: Program): string {
  return `cd ${quote(cwd)} && ${[command, ...args].map(quote).join(' ')}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
