import type { Initiator } from '../sdk/wire.ts';
import type { ExtensionRecord } from '../store/extensions.ts';
import type { Sealer } from './sealing.ts';

/** Settings whose names say that their values are nobody's business. */
const SECRET_NAME = /secret|token|pass|key|credential|auth/i;

const REGISTRY_AUTH = 'registry_auth';
const REDACTED = '[Redacted]';

/** Says what a sealed text of an extension belongs to, so that a copy in another place does not open. */
export function extensionIdentity(extension: string, what: string): string {
  return `extension:${JSON.stringify([extension, what])}`;
}

/** Settings as they are stored: those that people may see, with placeholders for the others, which are sealed. */
export interface SealedSettings {
  readonly settings: Readonly<Record<string, string>>;
  readonly secretSettings: Readonly<Record<string, string>>;
}

export function sealSettings(
  sealer: Sealer,
  extension: string,
  settings: Readonly<Record<string, string>>,
): SealedSettings {
  const secrets = Object.entries(settings).filter(([name]) => SECRET_NAME.test(name));
  const seal = ([name, value]: [string, string]) => [name, sealer.seal(value, extensionIdentity(extension, name))];
  return {
    settings: { ...settings, ...Object.fromEntries(secrets.map(([name]) => [name, REDACTED])) },
    secretSettings: Object.fromEntries(secrets.map(seal)),
  };
}

/** Settings in which the placeholder of a secret, as people see it, stands for what it is now. */
export function keepSecrets(
  sealer: Sealer,
  current: ExtensionRecord,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = openSettings(sealer, current);
  const keep = ([name, value]: [string, string]) => [name, value === REDACTED ? (known[name] ?? value) : value];
  return Object.fromEntries(Object.entries(settings).map(keep));
}

/** All settings of an extension with their values. */
export function openSettings(sealer: Sealer, extension: ExtensionRecord): Record<string, string> {
  const { id, settings, secretSettings } = extension;
  const open = ([name, sealed]: [string, string]) => [name, sealer.open(sealed, extensionIdentity(id, name))];
  return { ...settings, ...Object.fromEntries(Object.entries(secretSettings).map(open)) };
}

/** What to pull an extension's image with. */
export interface RegistryAuth {
  readonly user: string;
  readonly pass: string;
}

export function sealRegistryAuth(sealer: Sealer, extension: string, { user, pass }: RegistryAuth): RegistryAuth {
  return { user, pass: sealer.seal(pass, extensionIdentity(extension, REGISTRY_AUTH)) };
}

export function openRegistryAuth(sealer: Sealer, { id, registryAuth }: ExtensionRecord): RegistryAuth | undefined {
  if (!registryAuth) return undefined;
  return { user: registryAuth.user, pass: sealer.open(registryAuth.pass, extensionIdentity(id, REGISTRY_AUTH)) };
}

/** Who starts the runs of an extension, in the words of the contract. Without a container it has no token. */
export function initiatorOf({ id, tokenId }: ExtensionRecord): Initiator {
  return { id: tokenId ?? '0', user: extensionUser(id) };
}

/** The user of an extension's token. */
export function extensionUser(extension: string): string {
  return `${extension} (extension)`;
}
