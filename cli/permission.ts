import { Flags } from '@oclif/core';
import { ACTIONS, type Action, type Permission, RESOURCES } from '../core/permissions.ts';
import { CommandError, EXIT } from './errors.ts';
import { ask, confirm } from './prompt.ts';
import { suggest } from './suggest.ts';

const FORM = "--permission 'resources=namespaces:^team-a$,pipelines;actions=read,write'";

export const permissionFlag = Flags.string({
  summary:
    "what it allows: 'resources=…;actions=…', with a regular expression for ids after extensions:, namespaces: or pipelines:; may be repeated",
  multiple: true,
  multipleNonGreedy: true,
});

/** Reads a permission that was written as `resources=…;actions=…`. */
export function parsePermission(text: string): Permission {
  // A regular expression may contain a semicolon as well, so the last one counts.
  const [, resources, actions] = /^\s*resources=(.*);\s*actions=([^;]*)$/.exec(text) ?? [];
  if (resources === undefined || actions === undefined) {
    throw new CommandError(`'${text}' is not a permission`, EXIT.usage, [`write it like this: ${FORM}`]);
  }
  return { resources: parseResources(resources), actions: parseActions(actions) };
}

function parseResources(text: string): string[] {
  const resources: string[] = [];
  for (const piece of text.split(',')) {
    const last = resources.at(-1);
    // A regular expression may contain a comma as well: only before the name of a resource it separates.
    if (last?.includes(':') && !isResource(piece)) resources[resources.length - 1] = `${last},${piece}`;
    else resources.push(piece.trim());
  }
  const unknown = resources.find((resource) => !isResource(resource));
  if (unknown !== undefined) throw notOneOf('a resource', unknown, RESOURCES);
  return resources;
}

function isResource(text: string): boolean {
  return RESOURCES.some((name) => name === nameOf(text));
}

function nameOf(resource: string): string {
  return resource.trim().replace(/:.*$/s, '');
}

function parseActions(text: string): Action[] {
  return text.split(',').map((piece) => {
    const word = piece.trim().toLowerCase();
    const action = ACTIONS.find((name) => name === word);
    if (action === undefined) throw notOneOf('an action', piece.trim(), ACTIONS);
    return action;
  });
}

function notOneOf(what: string, value: string, known: readonly string[]): CommandError {
  const [near] = suggest(nameOf(value), known, 1);
  const next = near === undefined ? `there are: ${known.join(', ')}` : `did you mean: ${near}`;
  return new CommandError(`'${value}' is not ${what}`, EXIT.usage, [next]);
}

/** Asks on the terminal for one permission after the other. */
export async function askForPermissions(): Promise<Permission[]> {
  process.stderr.write(`Resources: ${RESOURCES.join(', ')}\n`);
  process.stderr.write(
    'After extensions, namespaces and pipelines a colon and a regular expression for ids may follow.\n',
  );
  const permissions: Permission[] = [];
  do {
    permissions.push({
      resources: await askUntilGood('Resources, separated by commas: ', parseResources),
      actions: await askUntilGood(`Actions (${ACTIONS.join(', ')}): `, parseActions),
    });
  } while (await confirm('Another permission?'));
  return permissions;
}

async function askUntilGood<T>(question: string, parse: (answer: string) => T): Promise<T> {
  for (;;) {
    const answer = await ask(question);
    try {
      return parse(answer);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      process.stderr.write(`${[error.message, ...error.next].join('; ')}\n`);
    }
  }
}
