import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { type OpenApiDocument, readRoutes } from '../../../api/document.ts';
import { startTestApi } from '../api/harness.ts';
import { changesFromFacts } from './facts.ts';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}

const document = readJson('generated/openapi.json') as OpenApiDocument;
const facts = readJson('test/fixtures/api-facts.json') as OpenApiDocument;
const routes = readRoutes(document);

/** Only `admin` and `bootstrap` may use these, whatever their roles say. */
const ADMIN_ONLY = [
  ...['create_namespace', 'update_namespace', 'delete_namespace', 'delete_event'],
  ...['install_extension', 'update_extension', 'uninstall_extension', 'get_extension_debug_info'],
  ...['list_global_secrets', 'get_global_secret', 'put_global_secret', 'delete_global_secret'],
  ...['create_role', 'update_role', 'delete_role', 'list_tokens', 'create_token', 'update_token', 'delete_token'],
  ...['get_system_preferences', 'update_system_preferences', 'list_audit_events', 'rotate_keys'],
];
const ANONYMOUS_TOO = ['list_pipelines', 'get_pipeline', 'list_runs', 'get_run'];
const WITHOUT_TOKEN = ['get_system_metadata', 'create_bootstrap_token', 'delete_console_session'];
const ANY_TOKEN = ['whoami', 'get_console_session', 'create_console_session'];

const pathsOf = (it: OpenApiDocument) =>
  Object.entries(it.paths).flatMap(([path, item]) =>
    Object.keys(item).flatMap((method) => (method === 'parameters' ? [] : [`${method} ${path}`])),
  );

describe('the document', () => {
  test('has all 77 operations of the facts', () => {
    expect(pathsOf(facts)).toHaveLength(77);
    expect(pathsOf(document)).toEqual(expect.arrayContaining(pathsOf(facts)));
  });

  const old = routes.filter(({ method, path }) => pathsOf(facts).includes(`${method.toLowerCase()} ${path}`));
  test.each(old.map((route) => [route.operationId, route] as const))('%s is what old clients expect', (_id, route) => {
    expect(changesFromFacts(facts, document, route)).toEqual([]);
  });

  test('would not pass with a fact changed', () => {
    const changed = structuredClone(document) as unknown as {
      components: { schemas: Record<string, Record<string, unknown>> };
    };
    const { Run, RunState } = changed.components.schemas;
    Object.assign(Run ?? {}, { required: ['run_id', 'detail'] });
    Object.assign(RunState ?? {}, { enum: ['pending', 'paused'] });
    const route = routes.find(({ operationId }) => operationId === 'get_run');
    expect(route && changesFromFacts(facts, changed as unknown as OpenApiDocument, route)).toEqual(
      expect.arrayContaining([
        'reply 200.run: required adds detail',
        'reply 200.run: required lacks started',
        'reply 200.run.state: enum adds paused',
        'reply 200.run.state: enum lacks running',
      ]),
    );
  });

  test('says of every operation who may use it', () => {
    const resources =
      'configs deployments events extensions namespaces objects permissions pipelines runs secrets subscriptions system task_executions tokens';
    for (const { operationId, permission, authenticated } of routes) {
      expect(['read', 'write', 'delete'], operationId).toContain(permission.action);
      expect(resources.split(' '), operationId).toEqual(expect.arrayContaining([...permission.resources]));
      expect(permission.resources.length > 0, operationId).toBe(authenticated && !ANY_TOKEN.includes(operationId));
      expect(authenticated, operationId).toBe(!WITHOUT_TOKEN.includes(operationId));
      expect(permission.admin, operationId).toBe(ADMIN_ONLY.includes(operationId));
      expect(permission.anonymous, operationId).toBe(ANONYMOUS_TOO.includes(operationId));
    }
  });

  // Each operation takes the validator some 50 ms of computing.
  test(
    'compiles for every operation: the validator finds out only at the first request of each',
    { timeout: 20_000 },
    async () => {
      await using api = await startTestApi();
      for (const { operationId, method, path, parameters, hasBody, webSocket } of routes) {
        const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
        const values = query.map(({ name, schema }) => `${name}=${schema.type === 'boolean' ? 'true' : '1'}`);
        const url = `${path.replaceAll(/\{(\w+)\}/g, '1')}?${values.join('&')}`;
        const answer = await api.call(method, url, hasBody ? { body: 0 } : {});
        const expected = operationId === 'get_system_metadata' ? 200 : hasBody || webSocket ? 400 : 503;
        expect([operationId, answer.status]).toEqual([operationId, expected]);
      }
    },
  );

  test('is refused at the start if it is not valid', async () => {
    const broken = { ...document, paths: { ...document.paths, '/api/x': { get: { responses: 5 } } } };
    await expect(startTestApi({ document: broken as unknown as OpenApiDocument })).rejects.toThrow(
      /apiDoc was invalid/,
    );
  });
});
