const SENSITIVE = /pass(word|wd|phrase)?$|secret|token|credential|api_?key|private_?key/i;
const REDACTED = '[Redacted]';
/** References such as `pipeline_secret{{key}}` say where a secret is, not what it is. */
const REFERENCE = /^\w+\{\{[^{}]*\}\}$/;

/**
 * A copy in which the values of variables with telling names, and passwords, are replaced. Secrets themselves are not in
 * what the API answers; this is for those who write one where it does not belong.
 */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const { key } = value as { key?: unknown };
  const isTelling = typeof key === 'string' && SENSITIVE.test(key);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const hidden = (isTelling && name === 'value') || name === 'pass' || name === 'password';
      return [name, hidden && typeof member === 'string' && !REFERENCE.test(member) ? REDACTED : redact(member)];
    }),
  );
}
