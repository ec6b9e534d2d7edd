import { readFileSync } from 'node:fs';
import { anchor, code, page, sentence, table } from './markdown.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly (string | null)[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly nullable?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Body {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

interface Operation {
  readonly tags: readonly [string];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
  readonly security?: readonly object[];
  readonly 'x-permission'?: {
    readonly resources: readonly string[];
    readonly action: string;
    readonly admin?: boolean;
    readonly anonymous?: boolean;
  };
}

type PathItem = Readonly<Partial<Record<(typeof METHODS)[number], Operation>>> & {
  readonly parameters?: readonly Parameter[];
};

interface Document {
  readonly info: { readonly description?: string };
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, Body>>;
    readonly requestBodies: Readonly<Record<string, Body>>;
  };
}

interface Named {
  readonly heading: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const HEAD = `# API

Every operation of the HTTP API, from the OpenAPI document, which a server gives out at \`/api/openapi.json\` and shows as
a page to try things out at \`/docs\`. This page is made by \`npm run docs\`.

Requests carry \`Authorization: Bearer <token>\` and \`gofer-api-version: v0\`. Times are milliseconds since the epoch. What is
refused is answered with \`{"message", "request_id"}\`: 400 with every problem and its place, 401 without a good token or the
permission, 403 for what is protected from everybody, 404, 409 for what is there already, 503 for what cannot be done now.`;

/** The page of all operations and of what they take and give. */
export function apiPage(root: string): string {
  const document = JSON.parse(readFileSync(`${root}/generated/openapi.json`, 'utf8')) as Document;
  const { components, tags } = document;
  const operations = operationsOf(document);
  const ofTag = (tag: string) => operations.filter(({ operation }) => operation.tags[0] === tag);
  return page(
    HEAD,
    tags.map(({ name, description = '' }) => `- [${name}](${anchor(name)}): ${sentence(description)}`).join('\n'),
    tags.flatMap(({ name }) => [`## ${name}`, ...ofTag(name).flatMap((it) => operationBlocks(it, components))]),
    '## Types',
    Object.entries(components.schemas).flatMap(([name, schema]) => typeBlocks(name, schema)),
  );
}

function operationsOf({ paths, components }: Document): Named[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
        resolve(parameter, components.parameters),
      );
      return [{ heading: `${method.toUpperCase()} ${path}`, operation, parameters }];
    }),
  );
}

function resolve<T extends { readonly $ref?: string }>(value: T, named: Readonly<Record<string, T>>): T {
  return named[nameOf(value.$ref)] ?? value;
}

const nameOf = (reference = ''): string => reference.split('/').at(-1) ?? '';

function operationBlocks({ heading, operation, parameters }: Named, components: Document['components']): string[] {
  const { summary = '', description = '', requestBody, responses } = operation;
  const shown = parameters.filter((parameter) => parameter.in !== 'header');
  const body = requestBody && resolve(requestBody, components.requestBodies);
  const answers = Object.entries(responses).filter(([status]) => /^\d+$/.test(status));
  return [
    `### ${heading}`,
    `${sentence(summary)} ${description.replaceAll(/\s*\n\s*/g, ' ').trim()}`.trim(),
    permissionOf(operation),
    ...table(
      ['parameter', 'type', 'meaning'],
      shown.map((it) => [
        `${code(it.name)}${it.required ? ' *' : ''} in ${it.in}`,
        typeOf(it.schema ?? {}),
        it.description ?? '',
      ]),
    ),
    [
      ...(body ? [`- Body: ${contentOf(body)}`] : []),
      ...answers.map(([status, answer]) => answerLine(status, resolve(answer, components.responses))),
    ].join('\n'),
  ];
}

function answerLine(status: string, answer: Body): string {
  const content = answer.content ? `: ${contentOf(answer)}` : '';
  return `- ${status}${content}. ${sentence(answer.description ?? '')}`.trim();
}

function contentOf({ content = {} }: Body): string {
  return Object.entries(content)
    .map(([type, { schema = {} }]) => (type === 'application/json' ? typeOf(schema) : code(type)))
    .join(' or ');
}

function permissionOf({ security, 'x-permission': permission }: Operation): string {
  if (!permission || permission.resources.length === 0) return security ? 'Needs no token.' : 'Needs a token.';
  const { resources, action, admin, anonymous } = permission;
  const remarks = [...(admin ? ['for administrators only'] : []), ...(anonymous ? ['open without a token'] : [])];
  return `Needs ${code(action)} on ${resources.join(', ')}${remarks.length > 0 ? `; ${remarks.join(', ')}` : ''}.`;
}

function typeBlocks(name: string, schema: Schema): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([field, it]) => [
    `${code(field)}${schema.required?.includes(field) ? ' *' : ''}`,
    typeOf(it),
    it.description ?? '',
  ]);
  const head = `${sentence(schema.description ?? '')} ${rows.length > 0 ? '' : sentence(typeOf(schema))}`.trim();
  return [`### ${name}`, head, ...table(['field', 'type', 'meaning'], rows)];
}

function typeOf(schema: Schema): string {
  const { $ref, type, format, items, oneOf, anyOf, allOf, additionalProperties } = schema;
  if ($ref !== undefined) return `[${nameOf($ref)}](${anchor(nameOf($ref))})`;
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  const choices = oneOf ?? anyOf ?? allOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (type === 'array') return `list of ${typeOf(items ?? {})}`;
  if (typeof additionalProperties === 'object') return `object of ${typeOf(additionalProperties)}`;
  if (schema.properties) return `object with ${Object.keys(schema.properties).map(code).join(', ')}`;
  return format !== undefined && type === 'string' ? `${type} (${format})` : (type ?? 'anything');
}
