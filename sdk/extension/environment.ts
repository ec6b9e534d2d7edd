/** What the container of an extension is told by Gofer. */
export interface ExtensionEnvironment {
  readonly id: string;
  /** The token, in both directions. */
  readonly secret: string;
  /** Where the API is, with its scheme. */
  readonly apiUrl: string;
  readonly host: string;
  readonly port: number;
  /** Certificate and key to serve with, as PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

const SYSTEM = 'GOFER_EXTENSION_SYSTEM_';
const CONFIG = 'GOFER_EXTENSION_CONFIG_';

/** @throws Error that names the variable which is missing or wrong */
export function readEnvironment(variables: NodeJS.ProcessEnv): ExtensionEnvironment {
  const text = (name: string) => variables[SYSTEM + name] || undefined;
  const required = (name: string) => {
    const value = text(name);
    if (value === undefined) throw new Error(`the variable ${SYSTEM}${name} is missing: is this started by Gofer?`);
    return value;
  };
  const [, host, port] = /^(.+):(\d+)$/.exec(text('BIND_ADDRESS') ?? '0.0.0.0:8082') ?? [];
  if (host === undefined) throw new Error(`the variable ${SYSTEM}BIND_ADDRESS must be host:port`);
  const usesTls = text('USE_TLS') === 'true';
  return {
    id: required('ID'),
    secret: required('SECRET'),
    apiUrl: text('GOFER_URL') ?? `${usesTls ? 'https' : 'http'}://${required('GOFER_HOST')}`,
    host,
    port: Number(port),
    ...(usesTls && { tls: { cert: required('TLS_CERT'), key: required('TLS_KEY') } }),
  };
}

/** A setting that was given when the extension was installed, whatever case its name was typed in. */
export function readSetting(variables: NodeJS.ProcessEnv, name: string): string | undefined {
  const upper = name.toUpperCase();
  return variables[CONFIG + upper] ?? variables[name] ?? variables[upper];
}
