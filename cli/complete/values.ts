import { homedir } from 'node:os';
import { API_VERSION_HEADER, fetchOk, openApi } from '../../sdk/api.ts';
import { extensionCalls, roleCalls, tokenCalls } from '../../sdk/administration.ts';
import { objectCalls } from '../../sdk/objects.ts';
import {
  type Api,
  configCalls,
  deploymentCalls,
  namespaceCalls,
  pipelineCalls,
  runCalls,
  secretCalls,
  subscriptionCalls,
  taskCalls,
} from '../../sdk/resources.ts';
import { loadSettings } from '../config.ts';
import { readContexts } from '../contexts.ts';
import type { Candidate, ValueWanted } from './wanted.ts';

/** Nobody waits longer than that for a suggestion. */
const TIME_LIMIT_MS = 1000;
const MANY = 200;

interface Question {
  readonly api: Api;
  readonly objects: ReturnType<typeof objectCalls>;
  readonly namespace: string;
  readonly pipeline: string;
  readonly run: number;
  readonly extension: string | undefined;
  readonly command: string;
}

type Answerer = (question: Question) => Promise<Candidate[]>;

const EXTENSION_IMAGES = ['cron', 'interval', 'github', 'webhook', 'pipeline', 'notify'].map(
  (kind) => `builtin/${kind}`,
);

const versions: Answerer = async ({ api, ...ref }) =>
  (await configCalls(api).list(ref)).configs.map(({ version, state }) => of(version, state));

const roles: Answerer = async ({ api }) =>
  (await roleCalls(api).list()).roles.map(({ id, description }) => of(id, description));

/** Who knows the values of an argument or flag, by its name. */
const ANSWERERS: Readonly<Record<string, Answerer>> = {
  namespace: async ({ api }) => (await namespaceCalls(api).list()).namespaces.map(({ id, name }) => of(id, name)),
  pipeline: async ({ api, namespace }) =>
    (await pipelineCalls(api).list(namespace, { limit: MANY })).pipelines.map(({ pipeline_id, state }) =>
      of(pipeline_id, state),
    ),
  run: async ({ api, ...ref }) =>
    (await runCalls(api).list(ref, { limit: 30, reverse: true })).runs.map(({ run_id, state, status }) =>
      of(run_id, state === 'complete' ? status : state),
    ),
  task: async ({ api, ...ref }) =>
    (await taskCalls(api).list(ref)).task_executions.map(({ task_id, state, status }) =>
      of(task_id, state === 'complete' ? status : state),
    ),
  version: versions,
  from: versions,
  to: versions,
  deployment: async ({ api, ...ref }) =>
    (await deploymentCalls(api).list(ref)).deployments.map(({ deployment_id, start_version, end_version }) =>
      of(deployment_id, `${start_version} -> ${end_version}`),
    ),
  extension: async ({ api }) =>
    (await extensionCalls(api).list()).extensions.map(({ registration }) =>
      of(registration.extension_id, registration.image),
    ),
  image: async () => EXTENSION_IMAGES.map((image) => of(image)),
  subscription: async ({ api, extension, ...ref }) =>
    (await subscriptionCalls(api).list(ref)).subscriptions
      .filter(({ extension_id }) => extension === undefined || extension_id === extension)
      .map(({ subscription_id, status }) => of(subscription_id, status)),
  role: roles,
  roles,
  'additional-roles': roles,
  token: async ({ api }) => (await tokenCalls(api).list()).tokens.map(({ id, user }) => of(id, user)),
  key: keys,
  context: async () =>
    Object.entries(readContexts(homedir()).contexts).map(([name, { api_base_url }]) => of(name, api_base_url)),
};

/** The values for an argument or flag. What cannot be found out in time is not suggested. */
export async function findValues({ name, command, args, flags }: ValueWanted): Promise<Candidate[]> {
  const answerer = ANSWERERS[name];
  // The secret of a token is nothing to suggest, and what is being made has no id yet.
  if (!answerer || (name === 'token' && !command.startsWith('token ')) || isNew(name, command)) return [];
  const { apiBaseUrl, token, namespace, insecureSkipTlsVerify } = await loadSettings({
    home: homedir(),
    env: process.env,
    configFile: command.startsWith('extension ') ? undefined : flags['config'],
    context: flags['context'],
    flags: { api_base_url: flags['api-base-url'], namespace: flags['namespace'], token: flags['token'] },
  });
  if (insecureSkipTlsVerify) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  const baseUrl = apiBaseUrl.replace(/\/+$/, '');
  const headers = { ...API_VERSION_HEADER, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const api = openApi({ baseUrl, headers, timeoutMs: TIME_LIMIT_MS });
  const objects = objectCalls((method, path) =>
    fetchOk(new Request(`${baseUrl}${path}`, { method, headers }), baseUrl, AbortSignal.timeout(TIME_LIMIT_MS)),
  );
  const { pipeline = '', run, extension } = args;
  return answerer({ api, objects, namespace, pipeline, run: Number(run), extension, command });
}

function isNew(name: string, command: string): boolean {
  return ['namespace create', 'role create', 'extension install'].includes(command) && name === command.split(' ')[0];
}

async function keys({ api, objects, command, extension, ...ref }: Question): Promise<Candidate[]> {
  if (command.startsWith('secret ')) {
    const calls = secretCalls(api);
    const { secrets } = command.startsWith('secret global') ? await calls.listGlobal() : await calls.list(ref);
    return secrets.map(({ key }) => of(key));
  }
  const { namespace, pipeline, run } = ref;
  const place =
    extension !== undefined ? { extension } : { namespace, pipeline, ...(command.startsWith('run ') && { run }) };
  return (await objects.list(place)).objects.map(({ key }) => of(key));
}

function of(value: string | number, description?: string): Candidate {
  return { value: String(value), ...(description !== undefined && { description }) };
}
