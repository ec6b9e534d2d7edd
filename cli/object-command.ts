import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Args, type Command, Flags } from '@oclif/core';
import { formatBytes } from '../core/bytes.ts';
import { ensureError } from '../core/errors.ts';
import type { ObjectDownload, ObjectPlace } from '../sdk/client.ts';
import { ApiError } from '../sdk/errors.ts';
import { actionDone, BaseCommand } from './base-command.ts';
import { CommandError, EXIT } from './errors.ts';
import { withProgress } from './output/progress.ts';
import { formatTime } from './output/time.ts';

export const objectKeyArg = Args.string({ required: true, description: 'key of the object' });
export const sourceArg = Args.string({ required: true, description: 'file with the bytes; @ or - for standard input' });
export const forceFlag = Flags.boolean({
  char: 'f',
  summary: 'replace an object that is there already',
  default: false,
});
export const getFlags = {
  output: Flags.string({ char: 'o', summary: 'write to this file, which appears when it is complete' }),
  stringify: Flags.boolean({
    char: 's',
    summary: 'print it as text, with a line break at the end',
    exclusive: ['output'],
    default: false,
  }),
};

/** So much of a file is read or written at once, in bytes. */
const PIECE = 1024 * 1024;

/** What the commands for objects do, whatever the objects belong to. */
export abstract class ObjectCommand<T extends typeof Command> extends BaseCommand<T> {
  protected async listObjects(place: ObjectPlace) {
    const gofer = await this.connect();
    const answer = await gofer.objects.list(place);
    const rows = answer.objects.map(({ key, size, created }) => [
      key,
      size === undefined ? 'Unknown' : formatBytes(size),
      formatTime(created, 'Unknown', this.timeStyle),
    ]);
    this.printTable(['key', 'size', 'created'], rows);
    return answer;
  }

  /** Writes to a file, or else to standard output, where nothing but the bytes may appear. */
  protected async getObject(
    place: ObjectPlace,
    key: string,
    { output, stringify }: { readonly output?: string | undefined; readonly stringify: boolean },
  ): Promise<unknown> {
    if (output === undefined && this.jsonEnabled()) {
      throw new CommandError('the bytes of an object are no JSON', EXIT.usage, ['write them to a file: --output FILE']);
    }
    const gofer = await this.connect();
    const download = await gofer.objects.get(place, key);
    const bytes = this.#watched(received(download), download.size);
    if (output === undefined) return writeToStandardOutput(stringify ? asText(bytes) : bytes);
    await writeToFile(output, bytes);
    this.printSuccess(`Wrote ${formatBytes(download.size)} of object '${key}' to ${output}`);
    return actionDone({ key, size: download.size, output });
  }

  protected async putObject(place: ObjectPlace, key: string, source: string, force: boolean) {
    const { bytes, size } = await openSource(source);
    const gofer = await this.connect();
    const body = Readable.toWeb(Readable.from(this.#watched(bytes, size))) as ReadableStream<Uint8Array>;
    const answer = await gofer.objects.put(place, key, body, force).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 409 && !force)) throw error;
      throw new CommandError(error.message, EXIT.failed, ['to replace it: --force']);
    });
    this.printSuccess(`Stored object '${key}'`);
    return answer;
  }

  protected async deleteObject(place: ObjectPlace, key: string) {
    const gofer = await this.connect();
    await gofer.objects.delete(place, key);
    this.printSuccess(`Deleted object '${key}'`);
    return actionDone({ key });
  }

  #watched(bytes: AsyncIterable<Uint8Array>, size: number | undefined): AsyncIterable<Uint8Array> {
    const quiet = this.jsonEnabled() || this.settings.outputFormat === 'silent';
    return withProgress(bytes, size, quiet ? { write: () => undefined } : process.stderr);
  }
}

async function* received({ bytes }: ObjectDownload): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes as NodeReadableStream<Uint8Array>;
  } catch (error) {
    const { cause, message } = ensureError(error);
    throw new CommandError(`the download broke off: ${cause ? ensureError(cause).message : message}`, EXIT.failed);
  }
}

async function openSource(source: string): Promise<{ bytes: AsyncIterable<Uint8Array>; size?: number }> {
  if (source === '@' || source === '-') return { bytes: process.stdin };
  const found = await stat(source).catch((error: unknown) => {
    throw new CommandError(`cannot read ${source}: ${ensureError(error).message}`, EXIT.usage);
  });
  if (found.isDirectory())
    throw new CommandError(`${source} is a folder`, EXIT.usage, ['an object is one file: use tar']);
  return {
    bytes: createReadStream(source, { highWaterMark: PIECE }),
    ...(found.isFile() && { size: found.size }),
  };
}

async function* asText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield `${decoder.decode()}\n`;
}

/** Waits where its reader is slow. */
export async function writeToStandardOutput(pieces: AsyncIterable<Uint8Array | string>): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

/** Whatever happens, there is never a part of it under that name. */
export async function writeToFile(path: string, bytes: AsyncIterable<Uint8Array>, mode = 0o666): Promise<void> {
  const draft = `${path}.${randomUUID().slice(0, 8)}.part`;
  const file = await open(draft, 'wx', mode).catch((error: unknown) => {
    throw new CommandError(`cannot write ${path}: ${ensureError(error).message}`, EXIT.usage);
  });
  try {
    await pipeline(bytes, file.createWriteStream({ highWaterMark: PIECE }));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
