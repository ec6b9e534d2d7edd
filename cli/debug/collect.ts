import { release } from 'node:os';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { ensureError } from '../../core/errors.ts';
import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Event, Run, TaskExecution } from '../../sdk/wire.ts';
import { concerns } from '../follow/watch-run.ts';
import type { ArchiveWriter } from './archive.ts';
import { redact } from './redact.ts';

const README = `Everything that Gofer knows of one run, for whoever wants to find out what happened.

run.json           the run
tasks.json         its task executions, with their attempts
config.json        the version of the pipeline that it ran
deployments.json   the deployments of the pipeline
objects.json       the keys of the objects of the run, not what is in them
events.ndjson      what happened, the newest first
logs/              the logs of the tasks, with times
versions.json      of client, server and Node
errors.json        what could not be had, if anything

There are no secrets in it: the server masks them in logs, and variables whose names sound like one are left out.
`;

/** Puts everything about a run into an archive. What cannot be had is named in it. */
export async function collectRun(
  gofer: GoferClient,
  ref: RunRef,
  client: { readonly version: string; readonly address: string },
  archive: ArchiveWriter,
): Promise<readonly string[]> {
  const errors: { readonly part: string; readonly message: string }[] = [];
  const add = async <Part>(name: string, get: () => Promise<Part>): Promise<Part | undefined> => {
    try {
      const part = await get();
      await archive.addText(name, `${JSON.stringify(redact(part), undefined, 2)}\n`);
      return part;
    } catch (error) {
      errors.push({ part: name, message: ensureError(error).message });
      return undefined;
    }
  };
  await archive.addText('README.txt', README);
  const { run } = await gofer.runs.get(ref);
  await add('run.json', async () => ({ run }));
  const tasks = await add('tasks.json', () => gofer.tasks.list(ref));
  await add('config.json', () => gofer.configs.get(ref, run.pipeline_config_version));
  await add('deployments.json', () => deploymentsOf(gofer, ref));
  await add('objects.json', () => gofer.objects.list(ref));
  await add('versions.json', async () => ({
    client: { ...client, node: process.version, platform: `${process.platform} ${process.arch} ${release()}` },
    server: (await gofer.api.GET('/api/system/metadata')).data,
  }));
  const extend = async (name: string, work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => void errors.push({ part: name, message: ensureError(error).message }));
  await extend('events.ndjson', async () => archive.addText('events.ndjson', await eventsOf(gofer, ref, run)));
  for (const { task_id: task } of (tasks?.task_executions ?? []).filter(hasLog)) {
    const name = `logs/${task}.log`;
    await extend(name, async () => {
      const bytes = await gofer.downloadLog({ ...ref, task }, { timestamps: true });
      await archive.addBytes(name, bytes as NodeReadableStream<Uint8Array>);
    });
  }
  if (errors.length > 0) await archive.addText('errors.json', `${JSON.stringify(errors, undefined, 2)}\n`);
  return errors.map(({ part, message }) => `${part}: ${message}`);
}

function hasLog({ started, logs_removed: removed, detail }: TaskExecution): boolean {
  return !removed && (started > 0 || (detail?.earlier_attempts ?? []).length > 0);
}

async function deploymentsOf({ api }: GoferClient, { namespace, pipeline }: RunRef): Promise<unknown> {
  const path = { namespace_id: namespace, pipeline_id: pipeline };
  return (await api.GET('/api/namespaces/{namespace_id}/pipelines/{pipeline_id}/deployments', { params: { path } }))
    .data;
}

/** The events of a run, the newest first, up to its beginning. */
async function eventsOf(gofer: GoferClient, ref: RunRef, run: Run): Promise<string> {
  const found: Event[] = [];
  for await (const event of gofer.followEvents({ history: true, reverse: true })) {
    if (event.emitted < run.started) break;
    if (concerns(event, ref)) found.push(event);
  }
  return found.map((event) => `${JSON.stringify(event)}\n`).join('');
}
