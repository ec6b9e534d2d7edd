import type { SecretName } from '../../core/secrets.ts';

/**
 * What Gofer needs from something that keeps the values of secrets. The record of a secret is in the database; beside it
 * stands a note by which its store finds the value again. Values are written before the record that points to them and
 * removed after it, so that no crash leaves a record without its value.
 */

/** Encrypts short texts for storage. */
export interface Sealer {
  /** How everything begins that was sealed with the key that new values are sealed with. */
  readonly activePrefix: string;
  /** `identity` says what the text belongs to; only the same identity opens it again. */
  seal(text: string, identity: string): string;
  /** @throws Error if its key is not there, or it was sealed for another identity, or was changed; never with a value */
  open(sealed: string, identity: string): string;
}

/** All methods throw GoferError `unavailable` if the store does not answer or may not be used. */
export interface SecretStore {
  /** Keeps a value, beside those kept under the same name before, and returns the note for its record. */
  put(name: SecretName, value: string): Promise<string>;
  /** @throws GoferError `not_found` if the value is gone, `unavailable` also if its key is not there or its record was changed */
  get(name: SecretName, note: string): Promise<string>;
  /** Removes the value that a note stands for. One that is gone is fine. */
  forget(name: SecretName, note: string): Promise<void>;
}
