import { readPath } from './path.ts';

/**
 * Events that can be subscribed to: the list of the contract (extensions §10.1) without those that are triggers of GitHub
 * Actions only, for which GitHub sends no webhook.
 */
const EVENTS: ReadonlySet<string> = new Set(
  `branch_protection_rule check_run check_suite create delete deployment deployment_status discussion discussion_comment
  fork gollum issue_comment issues label merge_group milestone page_build project project_card project_column public
  pull_request pull_request_with_check pull_request_review pull_request_review_comment push registry_package release
  repository_dispatch status watch workflow_dispatch workflow_run`.split(/\s+/),
);
const NEVER_SENT: ReadonlySet<string> = new Set([
  'pull_request_comment',
  'pull_request_target',
  'schedule',
  'workflow_call',
]);

/** Gofer's own name for pull requests whose runs are reported back as check runs. */
export const WITH_CHECK = 'pull_request_with_check';

/** What a subscription to GitHub waits for. */
export interface GithubFilter {
  readonly event: string;
  /** In lower case; any action if empty. */
  readonly actions: readonly string[];
}

/**
 * Reads `<event>` or `<event>/<action>[,<action>…]`.
 *
 * @returns the filter, or a sentence that says what is wrong
 */
export function parseEventFilter(text: string): GithubFilter | string {
  const [event = '', ...rest] = text.split('/');
  if (NEVER_SENT.has(event)) return `GitHub sends no webhook for '${event}', so it would never start anything`;
  if (!EVENTS.has(event)) return `'${event}' is not an event of GitHub`;
  const actions = rest
    .join('/')
    .split(',')
    .map((action) => action.trim().toLowerCase())
    .filter((action) => action !== '');
  return { event, actions: actions.includes('any') ? [] : actions };
}

/** Patterns of branches, separated by commas; `*` stands for any characters. None means all. */
export function parseBranches(text: string): readonly string[] {
  return text.split(',').flatMap((pattern) => (pattern.trim() === '' ? [] : [pattern.trim()]));
}

export interface GithubSubscription {
  readonly repository: string;
  readonly filter: GithubFilter;
  readonly branches: readonly string[];
}

/** A webhook of GitHub. */
export interface GithubEvent {
  /** As in `x-github-event`. */
  readonly name: string;
  readonly payload: unknown;
}

/** Whether a subscription waits for this event (contract, extensions §10.3). */
export function matchesGithub(subscription: GithubSubscription, { name, payload }: GithubEvent): boolean {
  const { event, actions } = subscription.filter;
  if ((event === WITH_CHECK ? 'pull_request' : event) !== name) return false;
  if (text(payload, 'repository', 'full_name') !== subscription.repository) return false;
  const action = text(payload, 'action').toLowerCase();
  if (action !== '' && actions.length > 0 && !actions.includes(action)) return false;
  if (subscription.branches.length === 0) return true;
  const branch = branchOf(name, payload);
  return branch !== undefined && subscription.branches.some((pattern) => matchesPattern(pattern, branch));
}

/** The branch that a push went to, or that a pull request wants to go to. */
function branchOf(name: string, payload: unknown): string | undefined {
  if (name.startsWith('pull_request')) return text(payload, 'pull_request', 'base', 'ref') || undefined;
  const [, branch] = /^refs\/heads\/(.+)$/s.exec(text(payload, 'ref')) ?? [];
  return branch;
}

/** Goes through the parts between the stars, so that no pattern takes long. */
function matchesPattern(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return value === pattern;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  let place = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, place);
    if (found < 0) return false;
    place = found + part.length;
  }
  return place <= value.length - last.length;
}

const PREFIX = 'GOFER_EXTENSION_GITHUB_';

type Source = readonly [suffix: string, ...path: string[]];

const PULL_REQUEST: readonly Source[] = [
  ['PULLREQUEST_HEAD_REF', 'pull_request', 'head', 'ref'],
  ['PULLREQUEST_BRANCH', 'pull_request', 'head', 'ref'],
  ['PULLREQUEST_HEAD_SHA', 'pull_request', 'head', 'sha'],
  ['PULLREQUEST_AUTHOR_USERNAME', 'pull_request', 'user', 'login'],
  ['PULLREQUEST_AUTHOR_EMAIL', 'pull_request', 'user', 'email'],
  ['PULLREQUEST_AUTHOR_NAME', 'pull_request', 'user', 'name'],
];

const PUSH: readonly Source[] = [
  ['REF', 'ref'],
  ['HEAD_COMMIT_ID', 'head_commit', 'id'],
  ...(['author', 'committer'] as const).flatMap((who) =>
    (['name', 'email', 'username'] as const).map((what): Source => [
      `HEAD_COMMIT_${who}_${what}`.toUpperCase(),
      'head_commit',
      who,
      what,
    ]),
  ),
];

const RELEASE: readonly Source[] = [
  ['RELEASE_TAG_NAME', 'release', 'tag_name'],
  ['RELEASE_TARGET_COMMITISH', 'release', 'target_commitish'],
  ['RELEASE_AUTHOR_LOGIN', 'release', 'author', 'login'],
];

const SOURCES: Readonly<Record<string, readonly Source[]>> = {
  pull_request: PULL_REQUEST,
  push: PUSH,
  release: RELEASE,
};

/** The variables of the run that an event starts (contract, extensions §10.4). What the payload does not have is empty. */
export function githubVariables({ name, payload }: GithubEvent): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {
    [`${PREFIX}EVENT`]: name,
    [`${PREFIX}ACTION`]: text(payload, 'action'),
    [`${PREFIX}REPOSITORY`]: text(payload, 'repository', 'full_name'),
  };
  for (const [suffix, ...path] of SOURCES[name] ?? []) variables[PREFIX + suffix] = text(payload, ...path);
  if (name === 'release') {
    variables[`${PREFIX}RELEASE_CREATED_AT`] = timestamp(text(payload, 'release', 'created_at'));
    variables[`${PREFIX}RELEASE_PUBLISHED_AT`] = timestamp(text(payload, 'release', 'published_at'));
  }
  return variables;
}

/** The commit of a pull request that a check run belongs to. */
export interface CheckTarget {
  readonly owner: string;
  readonly repo: string;
  readonly headSha: string;
}

/** Where a check run belongs. Undefined if the payload does not say. */
export function checkTarget(payload: unknown): CheckTarget | undefined {
  const owner = text(payload, 'repository', 'owner', 'login');
  const repo = text(payload, 'repository', 'name');
  const headSha = text(payload, 'pull_request', 'head', 'sha');
  return owner === '' || repo === '' || headSha === '' ? undefined : { owner, repo, headSha };
}

function text(payload: unknown, ...path: string[]): string {
  const value = readPath(payload, path);
  return typeof value === 'string' ? value : '';
}

/** The contract's spelling, for example `2024-01-02 03:04:05 +0000 UTC`. */
function timestamp(value: string): string {
  const time = Date.parse(value);
  return Number.isNaN(time) ? '' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** How a check run ends, by how the run did (contract, extensions §10.5). */
export function checkConclusion(status: string): 'success' | 'failure' | 'cancelled' | 'neutral' {
  if (status === 'successful') return 'success';
  if (status === 'failed') return 'failure';
  return status === 'cancelled' ? 'cancelled' : 'neutral';
}

/** How long a run took, in the words of the contract (extensions §10.5). */
export function describeTotalTime(milliseconds: number): string {
  if (milliseconds < 0) return 'invalid duration';
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return count(milliseconds, 'millisecond');
  if (seconds < 60) {
    const rest = Math.floor(milliseconds % 1000);
    return rest > 0 ? `${count(seconds, 'second')} ${count(rest, 'millisecond')}` : count(seconds, 'second');
  }
  if (seconds < 3600) return count(Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return count(Math.floor(seconds / 3600), 'hour');
  return count(Math.floor(seconds / 86_400), 'day');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
