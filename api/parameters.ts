import { invalid, type Problem } from '../core/errors.ts';
import { isUuid } from '../store/client.ts';
import type { Parameter, Route } from './document.ts';

export type ParameterValue = string | number | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

const MAX_UNSIGNED = 2n ** 64n - 1n;
const MAX_SIGNED = 2n ** 63n - 1n;

/**
 * Reads the parameters of a request by the rules of the contract (§1.5), which a JSON schema cannot express: integers are
 * plain decimals, booleans exactly `true` or `false`, nothing comes twice, unknown names are ignored.
 * @throws GoferError that names every wrong parameter.
 */
export function readParameters(
  route: Route,
  path: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): { readonly path: ParameterValues; readonly query: ParameterValues } {
  const problems: Problem[] = [];
  const values: { path: Record<string, ParameterValue>; query: Record<string, ParameterValue> } = {
    path: {},
    query: {},
  };
  for (const parameter of route.parameters) {
    const given = parameter.in === 'path' ? [String(path[parameter.name])] : query.getAll(parameter.name);
    const value = readParameter(parameter, given);
    if (typeof value === 'object') problems.push(value);
    else if (value !== undefined) values[parameter.in][parameter.name] = value;
  }
  if (problems.length > 0) throw invalid('the parameters are not valid', problems);
  return values;
}

function readParameter(parameter: Parameter, given: readonly string[]): ParameterValue | undefined | Problem {
  const path = `${parameter.in}.${parameter.name}`;
  const [text] = given;
  if (text === undefined) return parameter.required ? { path, message: 'is required' } : undefined;
  if (given.length > 1) return { path, value: given, message: 'must not be given twice' };
  switch (parameter.schema.type) {
    case 'boolean':
      return text === 'true' || text === 'false'
        ? text === 'true'
        : { path, value: text, message: 'must be true or false' };
    case 'integer':
      return (
        readInteger(text, parameter.schema.minimum === undefined) ?? {
          path,
          value: text,
          message: integerRule(parameter),
        }
      );
    case 'string':
      return readString(path, text, parameter.schema);
  }
}

function readString(path: string, text: string, { enum: allowed, format }: Parameter['schema']): string | Problem {
  if (text.includes('\0')) return { path, value: text, message: 'must not contain the character NUL' };
  if (allowed && !allowed.includes(text)) return { path, value: text, message: `must be one of ${allowed.join(', ')}` };
  if (format === 'uuid' && !isUuid(text)) return { path, value: text, message: 'must be a UUID' };
  return text;
}

function integerRule(parameter: Parameter): string {
  return parameter.schema.minimum === undefined ? 'must be an integer' : 'must be an integer of at least 0';
}

/** The wire has 64 bits; what is beyond a safe integer counts as the greatest one, since nothing there is ever that great. */
function readInteger(text: string, signed: boolean): number | undefined {
  if (!(signed ? /^[+-]?\d{1,30}$/ : /^\+?\d{1,30}$/).test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  const [least, most] = signed ? [-MAX_SIGNED - 1n, MAX_SIGNED] : [0n, MAX_UNSIGNED];
  if (value < least || value > most) return undefined;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
