/** What an extension's container is told about its surroundings. */
export interface ExtensionSurroundings {
  readonly logLevel: string;
  /** Where the API is for containers, as `host:port`. */
  readonly apiAddress: string;
  readonly apiUsesTls: boolean;
  /** Certificate and key with which the extension is to serve, as PEM texts; it serves plain HTTP without them. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Where the API is for containers, as a URL without a slash at the end. */
export function apiUrlOf({ apiAddress, apiUsesTls }: ExtensionSurroundings): string {
  return `${apiUsesTls ? 'https' : 'http'}://${apiAddress}`;
}

/** The port that every extension serves its protocol on. */
export const EXTENSION_PORT = 8082;

/**
 * The environment of an extension's container (contract, extensions §1.4). Settings come under the names that were typed,
 * and, because one SDK looks for them there, in capitals under a prefix. None can replace what the system says.
 */
export function extensionEnvironment(
  extension: string,
  secret: string,
  surroundings: ExtensionSurroundings,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const { logLevel, apiAddress, tls } = surroundings;
  const bindAddress = `0.0.0.0:${EXTENSION_PORT}`;
  const system = {
    ID: extension,
    SECRET: secret,
    LOG_LEVEL: logLevel,
    USE_TLS: String(tls !== undefined),
    TLS_CERT: tls?.cert ?? '',
    TLS_KEY: tls?.key ?? '',
    GOFER_HOST: apiAddress,
    GOFER_URL: apiUrlOf(surroundings),
    BIND_ADDRESS: bindAddress,
    // The name that the Go SDK reads.
    BINDADDRESS: bindAddress,
  };
  const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
  const capitals = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.toUpperCase(), value]));
  return {
    ...prefixed('GOFER_EXTENSION_CONFIG_', capitals),
    ...settings,
    ...prefixed('GOFER_EXTENSION_SYSTEM_', system),
  };
}
