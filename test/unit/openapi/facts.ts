import type { OpenApiDocument, Route } from '../../../api/document.ts';

/** Just enough of a JSON schema to compare two of them. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly nullable?: boolean;
  readonly enum?: readonly (string | null)[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean; readonly $ref?: string };
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
}

class Comparison {
  readonly changes: string[] = [];
  readonly #facts: OpenApiDocument;
  readonly #ours: OpenApiDocument;
  readonly #seen = new Set<string>();

  constructor(facts: OpenApiDocument, ours: OpenApiDocument) {
    this.#facts = facts;
    this.#ours = ours;
  }

  operation(path: string, method: string): void {
    const facts = operationOf(this.#facts, path, method);
    const ours = operationOf(this.#ours, path, method);
    if (!facts || !ours) {
      this.changes.push(`${method} ${path} is not in both`);
      return;
    }
    this.#same('operationId', facts.operationId, ours.operationId);
    this.#parameters(parametersOf(this.#facts, path, facts), parametersOf(this.#ours, path, ours));
    const factBody = facts.requestBody && follow(this.#facts, facts.requestBody);
    const ourBody = ours.requestBody && follow(this.#ours, ours.requestBody);
    this.#same('body required', factBody?.required, ourBody?.required);
    this.#content('body', factBody, ourBody);
    // Web sockets are described by a bare default response in the facts.
    if ('default' in facts.responses) return this.#same('web socket', '101' in ours.responses, true);
    // Only who asks for a part gets a 206, and old clients never do.
    const ourStatuses = Object.keys(ours.responses).filter((status) => status !== '206');
    this.#sameSet('statuses', Object.keys(facts.responses), ourStatuses);
    for (const [status, reply] of Object.entries(facts.responses)) {
      const our = ours.responses[status] ?? {};
      this.#content(`reply ${status}`, follow(this.#facts, reply), follow(this.#ours, our));
    }
  }

  #parameters(facts: readonly Parameter[], ours: readonly Parameter[]): void {
    for (const fact of facts) {
      const our = ours.find((parameter) => parameter.name === fact.name && parameter.in === fact.in);
      if (!our) this.changes.push(`parameter ${fact.name} is missing`);
      else {
        this.#same(`parameter ${fact.name} required`, fact.required ?? false, our.required ?? false);
        this.#schema(`parameter ${fact.name}`, fact.schema, our.schema);
      }
    }
    const added = ours.filter((our) => our.required && !facts.some((fact) => fact.name === our.name));
    for (const { name } of added) this.changes.push(`parameter ${name} is new and required`);
  }

  #content(place: string, facts: Content | undefined, ours: Content | undefined): void {
    for (const [type, { schema }] of Object.entries(facts?.content ?? {})) {
      // The facts do not say what downloads are; clients take them as bytes.
      const anything = type === '*/*';
      const our = ours?.content?.[anything ? 'application/octet-stream' : type]?.schema;
      if (!our) this.changes.push(`${place} is no ${type}`);
      else if (!anything) this.#schema(place, schema, our);
    }
    this.#same(`${place} has content`, facts?.content !== undefined, ours?.content !== undefined);
  }

  #schema(place: string, rawFact: Schema, rawOur: Schema): void {
    const fact = flatten(this.#facts, rawFact);
    const our = flatten(this.#ours, rawOur);
    const key = `${place.split('.').at(-1)} ${JSON.stringify(fact)} ${JSON.stringify(our)}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    for (const name of ['type', 'format', 'minimum'] as const) this.#same(`${place}: ${name}`, fact[name], our[name]);
    this.#same(`${place}: nullable`, fact.nullable ?? false, our.nullable ?? false);
    this.#sameSet(
      `${place}: enum`,
      fact.enum ?? [],
      (our.enum ?? []).filter((value) => value !== null),
    );
    this.#sameSet(`${place}: required`, fact.required ?? [], our.required ?? []);
    for (const [name, property] of Object.entries(fact.properties ?? {})) {
      const ours = our.properties?.[name];
      if (ours) this.#schema(`${place}.${name}`, property, ours);
      else this.changes.push(`${place}.${name} is missing`);
    }
    this.#inner(`${place}[]`, fact.items, our.items);
    this.#inner(`${place}{}`, fact.additionalProperties, our.additionalProperties);
    this.#alternatives(place, fact.oneOf ?? [], our.oneOf ?? []);
  }

  #inner(place: string, fact: boolean | Schema | undefined, our: boolean | Schema | undefined): void {
    if (typeof fact === 'object' && typeof our === 'object') this.#schema(place, fact, our);
    else this.#same(place, fact, our);
  }

  /** Alternatives are told apart by the name of their only member. */
  #alternatives(place: string, facts: readonly Schema[], ours: readonly Schema[]): void {
    const name = (schema: Schema): string => String(schema.required?.[0] ?? schema.enum?.[0]);
    this.#sameSet(`${place}: alternatives`, facts.map(name), ours.map(name));
    for (const fact of facts) {
      const our = ours.find((schema) => name(schema) === name(fact));
      if (our) this.#schema(`${place}(${name(fact)})`, fact, our);
    }
  }

  #same(what: string, fact: unknown, our: unknown): void {
    if (fact !== our) this.changes.push(`${what} differs: ${String(fact)}, ours ${String(our)}`);
  }

  #sameSet(what: string, fact: readonly unknown[], our: readonly unknown[]): void {
    for (const value of fact) if (!our.includes(value)) this.changes.push(`${what} lacks ${String(value)}`);
    for (const value of our) if (!fact.includes(value)) this.changes.push(`${what} adds ${String(value)}`);
  }
}

/** What would surprise an old client of one operation. Optional fields, which it ignores, may be added. */
export function changesFromFacts(facts: OpenApiDocument, ours: OpenApiDocument, route: Route): readonly string[] {
  const comparison = new Comparison(facts, ours);
  comparison.operation(route.path, route.method.toLowerCase());
  return comparison.changes;
}

function operationOf(document: OpenApiDocument, path: string, method: string): Operation | undefined {
  return (document.paths[path] as Readonly<Record<string, Operation>> | undefined)?.[method];
}

function parametersOf(document: OpenApiDocument, path: string, operation: Operation): readonly Parameter[] {
  const shared = (document.paths[path] as { parameters?: readonly Parameter[] } | undefined)?.parameters ?? [];
  return [...shared, ...(operation.parameters ?? [])].map((parameter) => follow(document, parameter));
}

function follow<T extends { readonly $ref?: string }>(document: OpenApiDocument, node: T): T {
  if (node.$ref === undefined) return node;
  const keys = node.$ref.split('/').slice(1);
  const found = keys.reduce((value, key) => (value as Record<string, unknown>)[key], document as unknown);
  return follow(document, found as T);
}

/** Without references, with an `allOf` of one and alternatives that are single words merged into the schema itself. */
function flatten(document: OpenApiDocument, raw: Schema): Schema {
  const { allOf, ...schema } = follow(document, raw);
  const merged: Schema = allOf?.[0] ? { ...flatten(document, allOf[0]), ...schema } : schema;
  if (!merged.oneOf?.every((option) => option.enum)) return merged;
  const { oneOf, ...rest } = merged;
  return { ...rest, type: 'string', enum: oneOf.flatMap((option) => option.enum ?? []) };
}
