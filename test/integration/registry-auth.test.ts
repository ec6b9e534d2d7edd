import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PreconditionError, resolveRegistryAuth } from '../../activities/interpolation.ts';
import { createSealedSecretStore } from '../../backends/secrets/sealed.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import { createSealer, singleKey } from '../../services/sealing.ts';
import { openStore, type Store } from '../../store/client.ts';
import { SECRET_STORE_KEY } from '../helpers/cluster.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { call, createNamespace, NAMESPACE, place, registered } from './helpers/raw-api.ts';

let store: Store;
let pipeline: string;

beforeAll(async () => {
  store = openStore(inject('cluster').databaseUrl, () => undefined);
  await createNamespace();
  pipeline = await registered();
  await call('POST', `${place(pipeline)}/secrets`, { key: 'registry', content: 'hunter2', force: false });
});
afterAll(() => store.close());

function resolve(user: string, pass: string) {
  const secrets = createSealedSecretStore(createSealer(singleKey(SECRET_STORE_KEY)));
  const task = { namespace: NAMESPACE, pipeline, run: 1, task: 'main' };
  const objects = createFileObjectStore('/nonexistent');
  return resolveRegistryAuth({ db: store.db, secrets, objects }, task, { user, pass });
}

test('plain credentials are what they are', async () => {
  expect(await resolve('robot', 'plain')).toEqual({ user: 'robot', pass: 'plain' });
});

test('credentials may be secrets of the pipeline and global ones', async () => {
  const key = uniqueId('registry');
  await call('POST', '/api/secrets/global', { key, content: 'robot', namespaces: [NAMESPACE], force: false });
  expect(await resolve(`global_secret{{${key}}}`, ' PIPELINE_SECRET{{ registry }} ')).toEqual({
    user: 'robot',
    pass: 'hunter2',
  });
  await call('DELETE', `/api/secrets/global/${key}`);
});

test.each([
  ['pipeline_secret{{ghost}}', /^registry_auth\.pass refers to pipeline_secret 'ghost': .* does not exist$/],
  ['global_secret{{ghost}}', /^registry_auth\.pass refers to global_secret 'ghost': .* does not exist$/],
  ['pipeline_object{{ghost}}', /^registry_auth\.pass refers to pipeline_object 'ghost': .* does not exist$/],
  ['pipeline_secret{{gofer_api_token_run_id_1}}', /inject_api_token/],
])('%s that is missing is named', async (pass, message) => {
  const failure = resolve('robot', pass);
  await expect(failure).rejects.toThrow(PreconditionError);
  await expect(failure).rejects.toThrow(message);
});
