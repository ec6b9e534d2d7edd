/** A way into a JSON value: names of members and indexes of elements. */
export type Path = readonly (string | number)[];

const STEP = /\.([\p{L}_][\p{L}\p{N}_-]*)|\[(-?\d{1,9})\]|\["((?:[^"\\]|\\["\\])*)"\]/uy;

/**
 * Reads a path such as `body.commits[0].author["full name"]` or `headers.x-gitlab-event`. A negative index counts from the
 * end. Undefined if the text is no path.
 */
export function parsePath(text: string): Path | undefined {
  const dotted = `.${text}`;
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < dotted.length) {
    const match = STEP.exec(dotted);
    if (!match) return undefined;
    const [, name, index, quoted] = match;
    if (index !== undefined) path.push(Number(index));
    else path.push(name ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return path;
}

/** What is at the path; undefined if nothing is. */
export function readPath(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    if (typeof step === 'number') current = Array.isArray(current) ? current.at(step) : undefined;
    else current = Object.hasOwn(current, step) ? (current as Readonly<Record<string, unknown>>)[step] : undefined;
  }
  return current;
}

/** A JSON value as the value of a variable: texts as they are, nothing for null and what is missing, all else as JSON. */
export function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
