const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** The names in a template's `{{name}}` that are not among `known`. */
export function unknownNames(template: string, known: readonly string[]): readonly string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map((match) => (match[1] ?? '').trim())
    .filter((name) => !known.includes(name));
}

/** Puts values in the places of `{{name}}`. There is nothing else to it: no conditions, no loops. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => {
    const key = name.trim();
    return Object.hasOwn(values, key) ? (values[key] ?? '') : '';
  });
}
