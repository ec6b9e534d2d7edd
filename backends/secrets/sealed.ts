import { ensureError, ErrorKind, GoferError } from '../../core/errors.ts';
import { secretIdentity } from '../../core/secrets.ts';
import type { Sealer, SecretStore } from './contract.ts';

/** Keeps each value in its own record in the database: the note is the sealed value. */
export function createSealedSecretStore(sealer: Sealer): SecretStore {
  return {
    put: async (name, value) => sealer.seal(value, secretIdentity(name)),
    async get(name, note) {
      try {
        return sealer.open(note, secretIdentity(name));
      } catch (error) {
        const message = `the value of secret '${name.key}' does not open: ${ensureError(error).message}`;
        throw new GoferError(ErrorKind.Unavailable, message);
      }
    },
    forget: async () => undefined,
  };
}
