import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Extension, Run } from '../../sdk/wire.ts';
import { freePort } from '../../runtime/embedded/ports.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { docker } from './docker.ts';

export interface ApiAnswer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
}

/** A cluster of its own, as somebody who works with extensions sees it. */
export interface ExtensionStage {
  readonly cluster: Cluster;
  call<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<ApiAnswer<Body>>;
  /** Sends an external event, and resolves with the answer's status. */
  send(extension: string, body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<number>;
  get(extension: string): Promise<Extension>;
  /** Waits until the extension satisfies a condition. */
  until(extension: string, condition: (it: Extension) => boolean): Promise<Extension>;
  /** Waits until an extension has printed something, and resolves with all that it has printed up to there. */
  untilLogged(extension: string, pattern: RegExp): Promise<string>;
  runs(pipeline: string): Promise<readonly Run[]>;
  /** Waits until a pipeline has so many runs. */
  untilRuns(pipeline: string, count: number): Promise<readonly Run[]>;
  stop(): Promise<void>;
}

export async function startExtensionStage(settings: NodeJS.ProcessEnv = {}): Promise<ExtensionStage> {
  const eventsAddress = `127.0.0.1:${await freePort()}`;
  const cluster = await startCluster({ GOFER_WEB_EXTERNAL_EVENTS__BIND_ADDRESS: eventsAddress, ...settings });
  const { apiUrl, token } = cluster.addresses;
  const headers = {
    authorization: `Bearer ${token}`,
    'gofer-api-version': 'v0',
    'content-type': 'application/json',
  };

  async function call<Body>(method: string, path: string, body?: unknown): Promise<ApiAnswer<Body>> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${apiUrl}/api/${path}`, { method, headers, ...text });
    const answer = await response.text();
    return { status: response.status, body: (answer === '' ? {} : JSON.parse(answer)) as Body };
  }

  const get = async (id: string) => (await call<{ extension: Extension }>('GET', `extensions/${id}`)).body.extension;
  const runs = async (pipeline: string) =>
    (await call<{ runs: Run[] }>('GET', `namespaces/default/pipelines/${pipeline}/runs`)).body.runs;

  return {
    cluster,
    call,
    get,
    runs,
    async send(extension, body, more = {}) {
      const url = `http://${eventsAddress}/api/external/${extension}`;
      return (await fetch(url, { method: 'POST', body, headers: more })).status;
    },
    until: (id, condition) => poll(() => get(id), condition),
    untilRuns: (pipeline, count) =>
      poll(
        () => runs(pipeline),
        (list) => list.length >= count,
      ),
    untilLogged: (id, pattern) =>
      untilPrinted(`${apiUrl.replace('http', 'ws')}/api/extensions/${id}/logs`, headers, pattern),
    stop: () => cluster.stop(),
  };
}

/** Asks again and again, until the answer is as wanted. The test's own time limit ends this. */
export async function poll<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    await sleep(100);
  }
}

/** The ids of the containers of an extension, whatever their state. */
export async function containersOfExtension(id: string): Promise<string[]> {
  const containers = await docker.listContainers({ all: true, filters: { label: [`gofer.extension=${id}`] } });
  return containers.map((container) => container.Id);
}

function untilPrinted(url: string, headers: Record<string, string>, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = new WebSocket(url, { headers });
    socket.on('message', (data: Buffer) => {
      text += data.toString();
      if (!pattern.test(text)) return;
      socket.close();
      resolve(text);
    });
    socket.on('close', (code: number) => reject(new Error(`the log ended with ${code} before ${pattern}:\n${text}`)));
    socket.on('error', reject);
  });
}
