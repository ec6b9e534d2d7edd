import type { TestProject } from 'vitest/node';
import { startCluster, type ClusterAddresses } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The cluster that all integration tests share; each uses pipelines of its own. */
    cluster: ClusterAddresses;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster();
  await cluster.startWorker();
  project.provide('cluster', cluster.addresses);
  return () => cluster.stop();
}
