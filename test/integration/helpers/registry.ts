import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar';
const TAR_BLOCK = 512;

/** Serves images of random bytes to engines, and counts what they ask for. */
export interface Registry {
  /** Host and port, which the names of its images begin with. */
  readonly host: string;
  /** Makes a new image and gives it this name, whatever had it before. Returns the image's digest. */
  publish(repository: string, tag: string, bytes?: number): string;
  /** How often somebody asked what a tag means, which every pull does once. */
  lookups(repository: string, tag: string): number;
  /** From now on sends all layers so slowly that it comes to keeping them back, and returns how to let them go. */
  holdLayers(): () => void;
  /** How many layers are being kept back. */
  readonly held: number;
  /** Lets nobody in without these from now on. */
  protect(auth: { readonly user: string; readonly pass: string }): void;
  /** Lets everybody in again, and everything go. */
  reset(): void;
  close(): Promise<void>;
}

interface Blob {
  readonly type: string;
  readonly data: Buffer;
}

export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, Blob>();
  const tags = new Map<string, string>();
  const lookups = new Map<string, number>();
  let expected: string | undefined;
  let gate: Promise<void> | undefined;
  let open = () => {};
  let held = 0;

  const release = () => {
    gate = undefined;
    open();
  };

  const keep = (type: string, data: Buffer): string => {
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    blobs.set(digest, { type, data });
    return digest;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (expected !== undefined && request.headers.authorization !== expected) {
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': 'Basic realm="test"' });
      return;
    }
    const [, repository = '', kind = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    if (kind === '') return void response.writeHead(200).end('{}');
    const name = `${repository}:${reference}`;
    const digest = reference.startsWith('sha256:') ? reference : tags.get(name);
    const blob = blobs.get(digest ?? '');
    if (!blob) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    if (tags.has(name) && request.method === 'HEAD') lookups.set(name, (lookups.get(name) ?? 0) + 1);
    response.writeHead(200, {
      'content-type': blob.type,
      'content-length': blob.data.length,
      'docker-content-digest': digest,
    });
    if (request.method === 'HEAD') return void response.end();
    if (blob.type === LAYER && gate) {
      held += 1;
      response.end(await drip(response, blob.data));
      held -= 1;
      return;
    }
    response.end(blob.data);
  }

  /**
   * Sends half of the data, and then byte after byte as long as the gate is shut, because engines notice only when they
   * get something that nobody wants it any more. Returns what is left to send.
   */
  async function drip(response: ServerResponse, data: Buffer): Promise<Buffer> {
    let sent = data.length / 2;
    response.write(data.subarray(0, sent));
    while (gate && !response.closed && sent < data.length) {
      await Promise.race([gate, sleep(20)]);
      response.write(data.subarray(sent, (sent += 1)));
    }
    return data.subarray(sent);
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish(repository, tag, bytes = 1000) {
      const layer = tarOf('data', randomBytes(bytes));
      const layerDigest = keep(LAYER, layer);
      const config = json({
        architecture: arch === 'x64' ? 'amd64' : arch,
        os: 'linux',
        config: { Cmd: ['/data'] },
        rootfs: { type: 'layers', diff_ids: [layerDigest] },
      });
      const manifest = json({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: CONFIG, size: config.length, digest: keep(CONFIG, config) },
        layers: [{ mediaType: LAYER, size: layer.length, digest: layerDigest }],
      });
      const digest = keep(MANIFEST, manifest);
      tags.set(`${repository}:${tag}`, digest);
      return digest;
    },
    lookups: (repository, tag) => lookups.get(`${repository}:${tag}`) ?? 0,
    holdLayers() {
      gate = new Promise((resolve) => (open = resolve));
      return release;
    },
    get held() {
      return held;
    },
    protect(auth) {
      expected = `Basic ${Buffer.from(`${auth.user}:${auth.pass}`).toString('base64')}`;
    },
    reset() {
      expected = undefined;
      release();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A tar archive with one file. */
export function tarOf(name: string, data: Buffer): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (number: number, digits: number) => number.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(data.length, 11)} ${octal(0, 11)} `, 100);
  header.write('        0', 148);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  const padding = Buffer.alloc((TAR_BLOCK - (data.length % TAR_BLOCK)) % TAR_BLOCK);
  return Buffer.concat([header, data, padding, Buffer.alloc(2 * TAR_BLOCK)]);
}
