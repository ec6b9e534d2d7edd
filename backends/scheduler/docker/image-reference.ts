const HUB_KEY = 'https://index.docker.io/v1/';
const HUB_NAMES = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * Whether a reference may become part of a request to the engine, whose path it cannot leave. Engines know more rules,
 * which are theirs to check.
 */
export function isReference(image: string): boolean {
  return /^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@[\w.:+-]+)?$/.test(image) && !/(^|\/)\.+(\/|$)/.test(image);
}

/** Adds the tag `latest` to a reference without tag and digest: to an engine, no tag at all can mean all of them. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`;
}

/** The repository of a reference, without tag and digest. */
export function repositoryOf(image: string): string {
  const [named = ''] = image.split('@');
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

/** What engines call the registry of an image when they look for its credentials. */
export function registryKey(image: string): string {
  const slash = image.indexOf('/');
  const host = slash < 0 ? '' : image.slice(0, slash);
  const isHost = host.includes('.') || host.includes(':') || host === 'localhost';
  return isHost && !HUB_NAMES.has(host) ? host : HUB_KEY;
}
