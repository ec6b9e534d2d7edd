import { readFile } from 'node:fs/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { json as readJson } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureError, ErrorKind, GoferError, notFound } from '../../core/errors.ts';
import type { SecretName } from '../../core/secrets.ts';
import type { SecretStore } from './contract.ts';

export interface VaultOptions {
  /** For example `https://vault:8200`. */
  readonly address: string;
  /** Where the KV engine, version 2, is mounted. */
  readonly mount: string;
  /** The folder in it that is ours. */
  readonly prefix: string;
  /** The token, or the file that has it, which is read for each request, because agents renew it. */
  readonly token: { readonly text: string } | { readonly file: string };
  /** Vault's own namespace, of its enterprise edition. */
  readonly namespace?: string;
  /** PEM; without it the certificates that Node trusts count. */
  readonly ca?: string;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The pauses before the next tries, in milliseconds. */
const RETRY_DELAYS_MS = [200, 800];

/** Too many requests, and all that is Vault's own fault: sealed, standing by, out of order. */
const mayPass = (status: number) => status === 412 || status === 429 || status >= 500;

const NOTE = /^vault:(\d+)$/;

interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly string[] };
}

/**
 * Keeps values in HashiCorp Vault, in a KV engine of version 2. The note is the version that was written: what somebody
 * changes in Vault by hand is not read. Notes of another kind are left to `otherwise`: values that were stored before Vault
 * was chosen, and tokens of runs. The protocol is that of https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2.
 */
export function createVaultSecretStore(options: VaultOptions, otherwise: SecretStore): SecretStore {
  const path = (operation: string, name: SecretName) =>
    ['v1', options.mount, operation, ...folderOf(options, name), segment(name.key)].join('/');

  return {
    async put(name, value) {
      const place = path('data', name);
      const { status, body } = await call(options, 'POST', place, { data: { value } });
      const version = fieldOf(body.data, 'version');
      if (status !== 200 || typeof version !== 'number') throw refusal(place, status, body);
      return `vault:${version}`;
    },

    async get(name, note) {
      const version = NOTE.exec(note)?.[1];
      if (version === undefined) return otherwise.get(name, note);
      const place = path('data', name);
      const { status, body } = await call(options, 'GET', `${place}?version=${version}`);
      if (status === 404) throw notFound('in Vault, the value of secret', name.key);
      const value = fieldOf(fieldOf(body.data, 'data'), 'value');
      if (status !== 200 || typeof value !== 'string') throw refusal(place, status, body);
      return value;
    },

    async forget(name, note) {
      const version = NOTE.exec(note)?.[1];
      if (version === undefined) return otherwise.forget(name, note);
      const place = path('destroy', name);
      const { status, body } = await call(options, 'POST', place, { versions: [Number(version)] });
      if (status !== 204 && status !== 200 && status !== 404) throw refusal(place, status, body);
    },
  };
}

function folderOf({ prefix }: VaultOptions, { pipeline }: SecretName): readonly string[] {
  const base = prefix.split('/').filter(Boolean);
  return pipeline ? [...base, 'pipelines', pipeline.namespace, pipeline.pipeline] : [...base, 'global'];
}

/** A key as one part of a path, whatever it contains: what could mean something there is written as its bytes. */
function segment(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9_-]/gu, (character) => `~${Buffer.from(character).toString('hex')}`);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

async function call(options: VaultOptions, method: string, path: string, content?: object): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const delay = RETRY_DELAYS_MS[attempt];
    try {
      const answer = await send(options, method, path, content);
      if (delay === undefined || !mayPass(answer.status)) return answer;
    } catch (error) {
      if (delay === undefined) {
        const message = `Vault at ${options.address} does not answer: ${ensureError(error).message}`;
        throw new GoferError(ErrorKind.Unavailable, message);
      }
    }
    await sleep(delay);
  }
}

async function send(options: VaultOptions, method: string, path: string, content?: object): Promise<Answer> {
  const url = new URL(path, `${options.address.replace(/\/+$/, '')}/`);
  const { token, namespace, ca, timeoutMs } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const settings: RequestOptions = {
    method,
    signal,
    headers: {
      'x-vault-request': 'true',
      'x-vault-token': 'text' in token ? token.text : (await readFile(token.file, 'utf8')).trim(),
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
      ...(content && { 'content-type': 'application/json' }),
    },
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, ...(ca !== undefined && { ca }) })
        : httpRequest(url, settings);
    const late = new Error(`no answer in ${timeoutMs / 1000} s`);
    request.once('error', (error) => reject(signal.aborted ? late : error));
    request.once('response', (response) => {
      const { statusCode: status = 0 } = response;
      // A proxy in between may answer with something else than JSON, and 204 comes with nothing.
      readJson(response).then(
        (body) => resolve({ status, body: body as Answer['body'] }),
        () => (response.complete ? resolve({ status, body: {} }) : reject(new Error('the answer broke off'))),
      );
    });
    request.end(content && JSON.stringify(content));
  });
}

/** Vault's own words about errors never quote values. */
function refusal(place: string, status: number, { errors }: Answer['body']): GoferError {
  const reason = Array.isArray(errors) && errors.length > 0 ? `: ${errors.join('; ')}` : '';
  const meaning = status === 403 ? 'its token may not use it' : 'unexpected answer';
  return new GoferError(ErrorKind.Unavailable, `Vault refuses ${place} with ${status} (${meaning})${reason}`);
}
