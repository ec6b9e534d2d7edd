import type { RunRef } from '../core/ids.ts';
import type { PipelineRef } from './resources.ts';
import type { StoredObject } from './wire.ts';

/** What an object belongs to. */
export type ObjectPlace = PipelineRef | RunRef | { readonly extension: string };

/** Sends a request that may take as long as its bytes do. Refusals are thrown. */
export type Transfer = (method: string, path: string, body?: ReadableStream<Uint8Array>) => Promise<Response>;

/** An object on its way. */
export interface ObjectDownload {
  /** They fail if the connection breaks, or if the server finds them damaged, before all have come. */
  readonly bytes: ReadableStream<Uint8Array>;
  /** In bytes. */
  readonly size: number;
}

export const objectCalls = (transfer: Transfer) => ({
  list: async (place: ObjectPlace) =>
    (await (await transfer('GET', collection(place))).json()) as { objects: StoredObject[] },

  get: async (place: ObjectPlace, key: string): Promise<ObjectDownload> => {
    const { body, headers } = await transfer('GET', item(place, key));
    return { bytes: body ?? new Blob([]).stream(), size: Number(headers.get('content-length')) };
  },

  /** @param force replaces an object that is there already */
  put: async (place: ObjectPlace, key: string, bytes: ReadableStream<Uint8Array>, force: boolean) =>
    (await (await transfer('POST', `${item(place, key)}?force=${force}`, bytes)).json()) as { object: StoredObject },

  delete: async (place: ObjectPlace, key: string): Promise<void> => {
    await transfer('DELETE', item(place, key));
  },
});

function collection(place: ObjectPlace): string {
  const names =
    'extension' in place
      ? ['extensions', place.extension]
      : ['namespaces', place.namespace, 'pipelines', place.pipeline, ...('run' in place ? ['runs', place.run] : [])];
  return `/api/${names.map(encodeURIComponent).join('/')}/objects`;
}

function item(place: ObjectPlace, key: string): string {
  return `${collection(place)}/${encodeURIComponent(key)}`;
}
