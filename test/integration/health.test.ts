import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../helpers/cluster.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

async function ask(path: string): Promise<[number, string]> {
  const response = await fetch(`${cluster.addresses.apiUrl}${path}`);
  return [response.status, await response.text()];
}

test('an API process is ready as long as PostgreSQL and Temporal answer, and alive without them', async () => {
  expect(await ask('/readyz')).toEqual([200, 'ready']);
  expect((await ask('/metrics'))[1]).toContain('gofer_runs{state="running"} 0');

  await cluster.stopTemporal();
  await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toEqual([503, 'Temporal does not answer']);
  await cluster.stopPostgres();
  await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toEqual([503, 'PostgreSQL does not answer']);
  expect(await ask('/healthz')).toEqual([200, 'ok']);
});
