import { ErrorKind, GoferError } from '../core/errors.ts';
import type { ExtensionRecord } from '../store/extensions.ts';
import { ExtensionCallError, ExtensionClient } from './extension-client.ts';
import { extensionIdentity } from './extension-settings.ts';
import type { Sealer } from './sealing.ts';

const SECRET = 'secret';

/** Reaches the containers of extensions. */
export class ContainerClients {
  readonly #sealer: Sealer;
  readonly #verifyCertificates: boolean;

  constructor(sealer: Sealer, verifyCertificates: boolean) {
    this.#sealer = sealer;
    this.#verifyCertificates = verifyCertificates;
  }

  /** A client for the container of an extension; nothing if it does not run. */
  of(extension: ExtensionRecord): ExtensionClient | undefined {
    const { state, url, sealedSecret } = extension;
    if (state !== 'running' || url === '' || sealedSecret === null) return undefined;
    return this.at(url, this.openSecret(extension.id, sealedSecret));
  }

  at(url: string, secret: string): ExtensionClient {
    return new ExtensionClient({ url, secret }, this.#verifyCertificates);
  }

  sealSecret(extension: string, secret: string): string {
    return this.#sealer.seal(secret, extensionIdentity(extension, SECRET));
  }

  openSecret(extension: string, sealed: string): string {
    return this.#sealer.open(sealed, extensionIdentity(extension, SECRET));
  }

  /**
   * Calls the container of an extension. What it refuses is passed on with its own words.
   *
   * @throws GoferError `invalid` for a refusal, `unavailable` if it does not run or fails
   */
  async call<T>(extension: ExtensionRecord, send: (client: ExtensionClient) => Promise<T>): Promise<T> {
    const { id, state, message } = extension;
    const client = this.of(extension);
    if (!client) {
      const why = state === 'processing' ? 'is starting' : 'does not run';
      throw new GoferError(ErrorKind.Unavailable, `extension '${id}' ${why}${message === null ? '' : `: ${message}`}`);
    }
    try {
      return await send(client);
    } catch (error) {
      if (!(error instanceof ExtensionCallError)) throw error;
      const kind = error.refused ? refusalKind(error.status) : ErrorKind.Unavailable;
      throw new GoferError(kind, `extension '${id}': ${error.message}`);
    }
  }
}

function refusalKind(status: number | undefined): ErrorKind {
  if (status === 404) return ErrorKind.NotFound;
  return status === 409 ? ErrorKind.Conflict : ErrorKind.Invalid;
}
