import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { checkConclusion, describeTotalTime, type CheckTarget } from '../../core/builtin/github.ts';
import { runKey, subscriptionKey, type RunRef, type SubscriptionRef } from '../../core/ids.ts';
import type { Run } from '../../sdk/wire.ts';
import type { GithubApp } from './github.ts';

/** How long GitHub may take to answer, in milliseconds. */
const TIMEOUT = 20_000;

/** What a check run is about. */
export interface CheckedRun {
  readonly subscription: SubscriptionRef;
  readonly target: CheckTarget;
  readonly run: Run;
  /** Where people reach the API. */
  readonly apiUrl: string;
}

/** Acts as the installation of a GitHub App. It keeps the token and asks for another one before that runs out. */
export function openGithub({ appId, installationId, privateKey, apiUrl }: GithubApp): Octokit {
  return new Octokit({
    authStrategy: createAppAuth,
    auth: { appId, installationId, privateKey },
    baseUrl: apiUrl,
    userAgent: 'gofer',
    request: {
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) }),
    },
  });
}

/** Shows a run at its pull request (contract, extensions §10.5). Finds the check run of an earlier try. Returns its id. */
export async function createCheckRun(octokit: Octokit, checked: CheckedRun): Promise<number> {
  const { owner, repo, headSha } = checked.target;
  const external = externalId(checked);
  const name = checked.subscription.subscription;
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...{ owner, repo, ref: headSha, check_name: name, filter: 'all', per_page: 100 },
  });
  const existing = data.check_runs.find((check) => check.external_id === external);
  if (existing) return Number(existing.id);
  const created = await octokit.request('POST /repos/{owner}/{repo}/check-runs', {
    ...{ owner, repo, name, head_sha: headSha, external_id: external },
    status: 'in_progress',
    started_at: new Date(checked.run.started).toISOString(),
    output: { title: titleOf(checked), summary: summaryOf(checked) },
  });
  return Number(created.data.id);
}

/** Tells how the run ended. Repeatable. */
export async function completeCheckRun(octokit: Octokit, checked: CheckedRun, id: number): Promise<void> {
  const { owner, repo } = checked.target;
  const { status, state, started, ended } = checked.run;
  const end = [
    `- **Total time**: ${describeTotalTime(ended - started)}`,
    `- **Status**: ${status}`,
    `- **State**: ${state}`,
  ].join('\n');
  await octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
    ...{ owner, repo, check_run_id: id, name: checked.subscription.subscription },
    status: 'completed',
    completed_at: new Date(ended).toISOString(),
    conclusion: checkConclusion(status),
    details_url: urlOf(checked),
    output: { title: titleOf(checked), summary: `${summaryOf(checked)}\n${end}` },
  });
}

function refOf({ run }: CheckedRun): RunRef {
  return { namespace: run.namespace_id, pipeline: run.pipeline_id, run: run.run_id };
}

/** By this a check run is found again, whoever created it. */
function externalId(checked: CheckedRun): string {
  return `gofer:${subscriptionKey(checked.subscription)}:${checked.run.run_id}`;
}

function urlOf({ apiUrl, run }: CheckedRun): string {
  return `${apiUrl}/api/namespaces/${run.namespace_id}/pipelines/${run.pipeline_id}/runs/${run.run_id}`;
}

function titleOf(checked: CheckedRun): string {
  const { namespace, pipeline, run } = refOf(checked);
  return `Run #${run} | Namespace: ${namespace} | Pipeline: ${pipeline}`;
}

function summaryOf(checked: CheckedRun): string {
  const { namespace, pipeline, run } = refOf(checked);
  return [
    `Gofer runs pipeline \`${namespace}/${pipeline}\` for this commit.`,
    '',
    `- **Namespace**: ${namespace}`,
    `- **Pipeline**: ${pipeline}`,
    `- **Subscription**: ${checked.subscription.subscription}`,
    `- **Run**: [${runKey({ namespace, pipeline, run })}](${urlOf(checked)})`,
    '',
    'To look further:',
    '```',
    `gofer run get ${pipeline} ${run} --namespace ${namespace}`,
    `gofer run follow ${pipeline} ${run} --namespace ${namespace}`,
    '```',
  ].join('\n');
}
