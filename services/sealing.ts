import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealer } from '../backends/secrets/contract.ts';

export type { Sealer } from '../backends/secrets/contract.ts';

/** The master keys. Their texts may have any length; the keys are derived from them. */
export interface Keyring {
  readonly keys: ReadonlyMap<string, string>;
  /** The id of the one that seals; the others only open. */
  readonly active: string;
  /** The id of the one that sealed before keys had ids. */
  readonly unnamed?: string;
}

/** A keyring of one key, which also opens what was sealed before keys had ids. */
export function singleKey(secret: string, id = DEFAULT_KEY): Keyring {
  return { keys: new Map([[id, secret]]), active: id, unnamed: id };
}

/** The id of the key that needs no name. */
export const DEFAULT_KEY = 'default';

/** What key ids are made of; they stand in front of every sealed value, and in names of environment variables. */
export const KEY_ID = /^[a-z0-9]+([_-][a-z0-9]+)*$/;

const FORMAT = 'g1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;
const WRAPPED_BYTES = NONCE_BYTES + DATA_KEY_BYTES + TAG_BYTES;

/**
 * A sealer with envelope encryption: each text is encrypted with a random key of its own, and that with a master key, both
 * by AES-256-GCM with a random nonce. What the text belongs to, and which master key it is, are associated data of both. The
 * format is `g1:<id of the master key>:<base64 of the wrapped key and the text>`, each of these two as nonce, ciphertext and
 * tag. It also opens the format of before, which is base64 of a text encrypted with a master key directly.
 */
export function createSealer({ keys, active, unnamed }: Keyring): Sealer {
  const wrappingKeys = new Map([...keys].map(([id, secret]) => [id, wrappingKeyOf(secret)]));
  const activeKey = wrappingKeys.get(active);
  if (!activeKey) throw new Error(`there is no key '${active}'`);
  const activePrefix = `${FORMAT}:${active}:`;
  const unnamedSecret = unnamed === undefined ? undefined : keys.get(unnamed);

  function keyOf(id: string): Uint8Array {
    const key = wrappingKeys.get(id);
    if (!key) throw new Error(`it was sealed with the key '${id}', which is not configured`);
    return key;
  }

  return {
    activePrefix,
    seal(text, identity) {
      const context = activePrefix + identity;
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const wrapped = encrypt(activeKey, dataKey, context);
      const body = encrypt(dataKey, Buffer.from(text), context);
      return activePrefix + Buffer.concat([wrapped, body]).toString('base64');
    },
    open(sealed, identity) {
      const [, id, body] = SEALED.exec(sealed) ?? [];
      if (id === undefined || body === undefined) {
        if (unnamedSecret === undefined) throw new Error('it was sealed before keys had ids, with one not configured');
        const key = createHash('sha256').update(unnamedSecret).digest();
        return decrypt(key, Buffer.from(sealed, 'base64'), identity).toString();
      }
      const context = `${FORMAT}:${id}:${identity}`;
      const bytes = Buffer.from(body, 'base64');
      const dataKey = decrypt(keyOf(id), bytes.subarray(0, WRAPPED_BYTES), context);
      return decrypt(dataKey, bytes.subarray(WRAPPED_BYTES), context).toString();
    },
  };
}

const SEALED = new RegExp(`^${FORMAT}:([^:]+):(.*)$`, 's');

/** Not the hash that the format of before used as its key, so that no key serves two purposes. */
function wrappingKeyOf(secret: string): Uint8Array {
  return Buffer.from(hkdfSync('sha256', secret, '', 'gofer master key', DATA_KEY_BYTES));
}

function encrypt(key: Uint8Array, bytes: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, bytes: Buffer, context: string): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Error('it was sealed with another key or for something else, or was changed');
  }
}
