import { parsePath, readPath, toText, type Path } from './path.ts';

/** Where the variables of a run come from: a name, and a path in a JSON value. */
export type Mapping = readonly (readonly [name: string, path: Path])[];

/**
 * Reads a list such as `BRANCH=body.ref, KIND=headers.x-gitlab-event`; commas or line ends separate.
 *
 * @returns the mapping, or a sentence that says what is wrong
 */
export function parseMapping(text: string, roots: readonly string[]): Mapping | string {
  const mapping: (readonly [string, Path])[] = [];
  for (const item of text.split(/[,\n]/).map((part) => part.trim())) {
    if (item === '') continue;
    const [, name = '', source = ''] = /^([^\s=]+)\s*=\s*(.+)$/.exec(item) ?? [];
    if (name === '') return `'${item}' is not of the form NAME=path`;
    const path = parsePath(source);
    if (!path || !roots.includes(String(path[0])))
      return `'${source}' is no path that begins with ${roots.join(' or ')}`;
    mapping.push([name, path]);
  }
  return mapping;
}

/** The variables that a JSON value gives; what it does not have is empty. */
export function mapVariables(mapping: Mapping, scope: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(mapping.map(([name, path]) => [name, toText(readPath(scope, path))]));
}
