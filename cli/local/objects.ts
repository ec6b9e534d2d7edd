import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { isKey, type RunRef } from '../../core/ids.ts';
import type { GoferClient, ObjectPlace, PipelineRef } from '../../sdk/client.ts';
import { writeToFile } from '../object-command.ts';

/** Below the folder of a pipeline's objects, where those of its run go. */
const RUN_FOLDER = 'run';

/** Makes each file of a folder an object of the pipeline. The folder need not be there. */
export async function loadObjects(gofer: GoferClient, ref: PipelineRef, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || !isKey(entry.name)) continue;
    const bytes = Readable.toWeb(createReadStream(join(folder, entry.name))) as ReadableStream<Uint8Array>;
    await gofer.objects.put(ref, entry.name, bytes, true);
  }
}

/** Writes the objects of the pipeline to the folder, and those of the run to one below it. */
export async function saveObjects(gofer: GoferClient, ref: RunRef, folder: string): Promise<void> {
  const { namespace, pipeline } = ref;
  await saveAll(gofer, { namespace, pipeline }, folder);
  await saveAll(gofer, ref, join(folder, RUN_FOLDER));
}

async function saveAll(gofer: GoferClient, place: ObjectPlace, folder: string): Promise<void> {
  const { objects } = await gofer.objects.list(place);
  const keys = objects.map(({ key }) => key).filter((key) => key !== '.' && key !== '..');
  if (keys.length > 0) await mkdir(folder, { recursive: true });
  for (const key of keys) {
    const { bytes } = await gofer.objects.get(place, key);
    await writeToFile(join(folder, key), bytes as NodeReadableStream<Uint8Array>);
  }
}
