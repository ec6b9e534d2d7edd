import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster, temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';
import { type S3Server, startS3 } from '../helpers/s3.ts';

const OPERATIONS = 200;
const PIPELINE = 'crash';
const COLLECTION = `/api/namespaces/default/pipelines/${PIPELINE}/objects`;

describe.each(['filesystem', 's3'])('with objects in %s', (engine) => {
  let folder = '';
  let cluster: Cluster;
  let s3: S3Server | undefined;
  let settings: NodeJS.ProcessEnv = {};
  let headers: Record<string, string> = {};

  beforeAll(async () => {
    folder = await temporaryFolder();
    settings = {
      GOFER_WEB_OBJECT_STORE__ENGINE: engine,
      GOFER_WEB_OBJECT_STORE__FILESYSTEM__PATH: join(folder, 'objects'),
      GOFER_WEB_OBJECT_STORE__PIPELINE_OBJECT_LIMIT: '0',
    };
    if (engine === 's3') {
      s3 = await startS3(folder);
      Object.assign(settings, s3.credentials, {
        GOFER_WEB_OBJECT_STORE__S3__ENDPOINT: s3.endpoint,
        GOFER_WEB_OBJECT_STORE__S3__BUCKET: s3.bucket,
        GOFER_WEB_OBJECT_STORE__S3__PATH_STYLE: 'true',
      });
    }
    cluster = await startCluster(settings);
    headers = { authorization: `Bearer ${cluster.addresses.token}`, 'gofer-api-version': 'v0' };
    await clientFor(cluster.addresses).configs.register('default', pipelineOf(PIPELINE));
  });
  afterAll(async () => {
    await cluster.stop();
    await s3?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The names of all files of the store, those of unfinished uploads as well. */
  async function files(): Promise<string[]> {
    const entries = await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  async function sweep(): Promise<{ orphans: number; missing: string[] }> {
    const env = { ...settings, GOFER_WEB_DATABASE__URL: cluster.addresses.databaseUrl };
    const { code, stdout, stderr } = await runProgram(['service', 'sweep', '--min-age', '0', '--json'], env);
    expect(stderr + stdout).not.toContain('names bytes that are not there');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { orphans: number; missing: string[] };
  }

  test(
    `SIGKILL during ${OPERATIONS} puts and deletes leaves nothing that the sweep cannot mend`,
    { timeout: 300_000 },
    async () => {
      const sent = new Map<string, string>();
      for (let round = 0; round < 3; round += 1) {
        const api = await cluster.startApi();
        const call = (method: string, path: string, body?: Uint8Array<ArrayBuffer>) =>
          fetch(`${api.url}${path}`, { method, headers, ...(body && { body }) }).then(
            (response) => response.arrayBuffer().then(() => response.status),
            () => 0,
          );
        const existing = [...sent.keys()];
        const operations = Array.from({ length: OPERATIONS }, (_, index) => {
          const old = existing[index];
          if (index % 3 === 0 && old !== undefined) return call('DELETE', `${COLLECTION}/${old}`);
          // Every fourth of them replaces one that is there.
          const key = index % 4 === 1 && old !== undefined ? old : `key-${round}-${index}`;
          const bytes = new Uint8Array(randomBytes(index % 10 === 0 ? 2_000_000 : 5_000));
          sent.set(`${key}`, [sent.get(key) ?? '', createHash('sha256').update(bytes).digest('base64')].join(' '));
          return call('POST', `${COLLECTION}/${key}?force=true`, bytes);
        });
        // The blow falls when some are done and others are not.
        let done = 0;
        const enough = Promise.withResolvers<void>();
        for (const operation of operations) {
          void operation.then(() => (done += 1) === 30 + 50 * round && enough.resolve());
        }
        await enough.promise;
        await api.kill('SIGKILL');
        const statuses = await Promise.all(operations);
        expect(statuses).toContain(0);
        expect(statuses).toContain(201);
      }
      expect(await sweep()).toMatchObject({ missing: [] });

      const api = await cluster.startApi();
      const list = await fetch(`${api.url}${COLLECTION}`, { headers });
      const { objects } = (await list.json()) as { objects: { key: string }[] };
      expect(objects.length).toBeGreaterThan(0);
      for (const { key } of objects) {
        const answer = await fetch(`${api.url}${COLLECTION}/${key}`, { headers });
        const bytes = Buffer.from(await answer.arrayBuffer());
        // Nothing but what was sent under this key, and all of it.
        expect(sent.get(key)).toContain(createHash('sha256').update(bytes).digest('base64'));
      }
      // What the dead were about to remove is taken up by others half a minute later.
      const surplus = async () => {
        await sweep();
        return (await files()).filter((name) => !name.startsWith('.rclone_temp')).length - objects.length;
      };
      await expect.poll(surplus, { timeout: 100_000, interval: 3_000 }).toBe(0);
      expect(await sweep()).toEqual({ orphans: 0, missing: [] });
    },
  );
});
