import {
  asObject,
  checkBoolean,
  expected,
  isObject,
  member,
  wholeNumberFrom,
  type Check,
  type Report,
} from './checks.ts';
import type { Problem } from './errors.ts';
import { findCycle, type GraphTask } from './graph.ts';
import { IDENTIFIER_RULE, isIdentifier, isTaskId, TASK_ID_RULE } from './ids.ts';
import { checkPipelineOptions, checkTaskOptions, type PipelineOptions, type TaskOptions } from './pipeline-options.ts';
import type { ParentRequirement } from './states.ts';

/** Which outcome of a parent a task asks for, spelled as in documents. `Unknown` is on the wire but always refused. */
export type RequiredParentStatus = 'Any' | 'Success' | 'Failure' | 'Unknown';

/** Credentials for pulling one task's image. */
export interface RegistryAuthDocument {
  readonly user: string;
  readonly pass: string;
}

/** One task of a document: a container and what has to happen before it starts. */
export interface TaskDocument extends TaskOptions {
  readonly id: string;
  readonly description?: string | null;
  readonly image: string;
  readonly registry_auth?: RegistryAuthDocument | null;
  readonly depends_on: Readonly<Record<string, RequiredParentStatus>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[] | null;
  readonly command?: readonly string[] | null;
  readonly inject_api_token: boolean;
  readonly always_pull_newest_image: boolean;
}

/** What a pipeline program prints and what registration receives. Unknown fields are ignored. */
export interface PipelineDocument extends PipelineOptions {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null;
  /** Runs allowed at once; 0 means no limit of the pipeline's own. */
  readonly parallelism: number;
  readonly tasks: readonly TaskDocument[];
}

/** The tasks of a valid document as the graph code knows them. */
export function toGraph(tasks: readonly TaskDocument[]): GraphTask[] {
  return tasks.map((task) => ({
    id: task.id,
    dependsOn: Object.fromEntries(
      Object.entries(task.depends_on).map(([parent, status]) => [parent, REQUIREMENTS[status]]),
    ),
  }));
}

const REQUIREMENTS: Readonly<Record<RequiredParentStatus, ParentRequirement>> = {
  Any: 'any',
  Success: 'success',
  Failure: 'failure',
  Unknown: 'unknown',
};
const checkParallelism = wholeNumberFrom(0);
/** The graph of a run has to fit into one message to Temporal, of two megabytes; see `encodeGraph`. */
const MAX_GRAPH_BYTES = 1_900_000;
const BYTES_PER_TASK = 8;
const BYTES_PER_DEPENDENCY = 8;

const ALLOWED_STATUSES = ['Any', 'Success', 'Failure'] as const;

/**
 * Everything that is wrong with a document, in the order of the document; empty if it may be registered. Linear in the
 * size of the document.
 *
 * @param at where the document stands in a larger input, for the paths of the problems: `config` gives
 * `config.tasks[1].image`.
 */
export function checkPipelineDocument(value: unknown, at = ''): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const document = asObject(value, at === '' ? 'pipeline' : at, report);
  if (!document) return problems;

  checkId(document['id'], member(at, 'id'), isIdentifier, IDENTIFIER_RULE, report);
  checkText(document['name'], member(at, 'name'), report);
  checkOptional(document['description'], member(at, 'description'), checkText, report);
  checkParallelism(document['parallelism'], member(at, 'parallelism'), report);
  checkPipelineOptions(document, at, report);
  checkTasks(document['tasks'], member(at, 'tasks'), report);
  return problems;
}

function checkTasks(value: unknown, path: string, report: Report): void {
  if (!Array.isArray(value)) {
    report(expected('a list of tasks', value, path));
    return;
  }
  const places = new Map<string, number>();
  for (const [index, task] of value.entries()) {
    const id = idOf(task);
    if (id === undefined) continue;
    const first = places.get(id);
    if (first === undefined) places.set(id, index);
    else report({ path: `${path}[${index}].id`, value: id, message: `is already the id of ${path}[${first}]` });
  }
  for (const [index, task] of value.entries()) checkTask(task, `${path}[${index}]`, places, report);
  checkGraph(value, path, places, report);
}

function checkTask(value: unknown, path: string, known: ReadonlyMap<string, number>, report: Report): void {
  const task = asObject(value, path, report);
  if (!task) return;
  checkId(task['id'], `${path}.id`, isTaskId, TASK_ID_RULE, report);
  checkOptional(task['description'], `${path}.description`, checkText, report);
  checkImage(task['image'], `${path}.image`, report);
  checkOptional(task['registry_auth'], `${path}.registry_auth`, checkRegistryAuth, report);
  checkDependsOn(task['depends_on'], `${path}.depends_on`, idOf(task), known, report);
  checkVariables(task['variables'], `${path}.variables`, report);
  checkOptional(task['entrypoint'], `${path}.entrypoint`, checkWords, report);
  checkOptional(task['command'], `${path}.command`, checkWords, report);
  checkBoolean(task['inject_api_token'], `${path}.inject_api_token`, report);
  checkBoolean(task['always_pull_newest_image'], `${path}.always_pull_newest_image`, report);
  checkTaskOptions(task, path, report);
}

function checkDependsOn(
  value: unknown,
  path: string,
  taskId: string | undefined,
  known: ReadonlyMap<string, number>,
  report: Report,
): void {
  const parents = asObject(value, path, report);
  for (const [parent, status] of Object.entries(parents ?? {})) {
    const place = member(path, parent);
    if (parent === taskId) report({ path: place, message: `task '${parent}' cannot depend on itself` });
    else if (!known.has(parent)) report({ path: place, message: `the pipeline has no task '${parent}'` });
    checkRequiredStatus(status, place, report);
  }
}

function checkRequiredStatus(value: unknown, path: string, report: Report): void {
  if (ALLOWED_STATUSES.some((status) => status === value)) return;
  const meant = ALLOWED_STATUSES.find((status) => typeof value === 'string' && status === capitalise(value));
  const hint =
    value === 'Unknown' ? ` ('Unknown' would never let the task run)` : meant ? ` (did you mean '${meant}'?)` : '';
  report({ path, value, message: `must be 'Any', 'Success' or 'Failure'${hint}` });
}

/** Reports what is wrong with the graph as a whole: one cycle of several, or its size. Self-dependencies are left out, since they have been reported where they stand. */
function checkGraph(
  tasks: readonly unknown[],
  path: string,
  places: ReadonlyMap<string, number>,
  report: Report,
): void {
  const graph = tasks.flatMap((task): GraphTask[] => {
    const id = idOf(task);
    if (id === undefined) return [];
    const parents = isObject(task) && isObject(task['depends_on']) ? Object.keys(task['depends_on']) : [];
    const others = parents.filter((parent) => parent !== id && places.has(parent));
    return [{ id, dependsOn: Object.fromEntries(others.map((parent) => [parent, 'any'])) }];
  });
  const edges = graph.reduce((sum, { dependsOn }) => sum + Object.keys(dependsOn).length, 0);
  const bytes = graph.reduce((sum, { id }) => sum + id.length + BYTES_PER_TASK, edges * BYTES_PER_DEPENDENCY);
  if (bytes > MAX_GRAPH_BYTES) {
    const message = `has ${graph.length} tasks with ${edges} dependencies, more than one run can have; split the pipeline`;
    report({ path, message });
  }
  const cycle = findCycle(graph);
  const [first] = cycle ?? [];
  if (!cycle || first === undefined) return;
  report({
    path: `${path}[${places.get(first)}].depends_on`,
    message: `these tasks wait for each other, so none can start: ${cycle.join(' -> ')}`,
  });
}

function checkVariables(value: unknown, path: string, report: Report): void {
  const variables = asObject(value, path, report);
  for (const [name, content] of Object.entries(variables ?? {})) {
    const place = member(path, name);
    if (name === '' || name.includes('=') || UNSTORABLE.test(name)) {
      report({ path: place, message: "a variable's name must not be empty nor contain '=' or NUL" });
    }
    checkText(content, place, report);
  }
}

function checkRegistryAuth(value: unknown, path: string, report: Report): void {
  const auth = asObject(value, path, report);
  if (!auth) return;
  checkText(auth['user'], `${path}.user`, report);
  // Whatever stands here may be a password, so the problem does not repeat it.
  checkText(auth['pass'], `${path}.pass`, ({ path: place, message }) => report({ path: place, message }));
}

function checkWords(value: unknown, path: string, report: Report): void {
  if (!Array.isArray(value)) report(expected('a list of strings or null', value, path));
  else for (const [index, word] of value.entries()) checkText(word, `${path}[${index}]`, report);
}

function checkId(value: unknown, path: string, isValid: (id: string) => boolean, rule: string, report: Report): void {
  if (typeof value !== 'string') report(expected('a string', value, path));
  else if (!isValid(value)) report({ path, value, message: `must be ${rule}` });
}

function checkImage(value: unknown, path: string, report: Report): void {
  if (typeof value !== 'string') report(expected('a string', value, path));
  else if (value === '' || NOT_IN_IMAGES.test(value)) {
    report({ path, value, message: 'must be an image reference such as alpine:3.20, without white space' });
  }
}

/** Text that containers and the database can hold. The value is not repeated: it may be long, or a secret. */
function checkText(value: unknown, path: string, report: Report): void {
  if (typeof value !== 'string') report(expected('a string', value, path));
  else if (UNSTORABLE.test(value)) report({ path, message: 'must be Unicode text without NUL characters' });
}

function checkOptional(value: unknown, path: string, check: Check, report: Report): void {
  if (value !== undefined && value !== null) check(value, path, report);
}

const UNSTORABLE = /[\0\p{Surrogate}]/u;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_IMAGES = /[\s\u0000-\u001f\u007f\p{Surrogate}]/u;

function idOf(task: unknown): string | undefined {
  return isObject(task) && typeof task['id'] === 'string' ? task['id'] : undefined;
}

function capitalise(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}
