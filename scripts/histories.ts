/**
 * Records histories of workflows for the replay test, on a cluster of its own:
 *
 *     npm run build && node scripts/histories.ts [type/name...]
 *
 * Every file in test/histories is a promise: workflow code that cannot replay it would break workflows that are under way
 * when it is deployed. Record anew only when no such workflow can exist any more; otherwise move the old ones into a folder
 * that says what they are from before, and record beside it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { packageRoot } from '../runtime/paths.ts';
import { startExtensionStage } from '../test/helpers/extensions.ts';
import { clientFor } from '../test/helpers/gofer.ts';
import { extensionScenarios, reportScenarios, subscriptionScenarios } from './histories/extensions.ts';
import { readHistory } from './histories/read-history.ts';
import { runScenarios } from './histories/runs.ts';
import type { Scenario, Stage } from './histories/stage.ts';

/** By the type of the workflow, which is the folder that a history is in. */
const SCENARIOS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  run: runScenarios,
  extension: extensionScenarios,
  subscription: subscriptionScenarios,
  report: reportScenarios,
};

const all = new Map(
  Object.entries(SCENARIOS).flatMap(([type, scenarios]) =>
    Object.entries(scenarios).map(([name, play]) => [`${type}/${name}`, play] as const),
  ),
);
const names = process.argv.length > 2 ? process.argv.slice(2) : [...all.keys()];
const extensionStage = await startExtensionStage();
try {
  const { cluster } = extensionStage;
  const connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
  const client = new Client({ connection });
  const gofer = clientFor(cluster.addresses);
  const stage: Stage = { ...extensionStage, client, gofer, worker: await cluster.startWorker() };
  for (const name of names) {
    const play = all.get(name);
    if (!play) throw new Error(`there is no scenario '${name}', but ${[...all.keys()].join(', ')}`);
    const workflowId = await play(stage);
    await client.workflow.getHandle(workflowId).result();
    const file = join(packageRoot, 'test', 'histories', `${name}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await readHistory(client, workflowId));
    console.log(`recorded ${name}`);
  }
  await connection.close();
} finally {
  await extensionStage.stop();
}
