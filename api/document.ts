/** The parts of an OpenAPI document that the API reads itself. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly security?: readonly SecurityRequirement[];
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type SecurityRequirement = Readonly<Record<string, readonly string[]>>;
type PathItem = Readonly<Partial<Record<Lowercase<Method>, OperationObject>>> & {
  readonly parameters?: readonly ParameterOrRef[];
};
interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly ParameterOrRef[];
  readonly requestBody?: Content | Reference;
  readonly security?: readonly SecurityRequirement[];
  readonly responses: Readonly<Record<string, Content | Reference>>;
  readonly 'x-permission': PermissionObject;
  readonly 'x-websocket'?: WebSocketKind;
}
interface Reference {
  readonly $ref: string;
}
interface Content {
  readonly content?: Readonly<Record<string, unknown>>;
}
type ParameterOrRef = ParameterObject | Reference;
interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: {
    readonly type: 'string' | 'integer' | 'boolean';
    readonly minimum?: number;
    readonly enum?: readonly string[];
    readonly format?: string;
  };
}
interface PermissionObject {
  readonly resources: readonly string[];
  readonly action: Permission['action'];
  readonly admin?: boolean;
  readonly anonymous?: boolean;
}

const BYTES = 'application/octet-stream';
const TEXT = 'text/plain';
const METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'] as const;
export type Method = (typeof METHODS)[number];
export type Parameter = ParameterObject & { readonly in: 'path' | 'query' };
/** `text` only sends, `terminal` also receives. */
export type WebSocketKind = 'text' | 'terminal';

/** What a caller needs to use an operation (contract, Appendix A). */
export interface Permission {
  /** All of them. Those with a path parameter of their own (namespaces, pipelines, extensions) are meant by its id. */
  readonly resources: readonly string[];
  readonly action: 'read' | 'write' | 'delete';
  /** Only for administrators, whatever else they may do. */
  readonly admin: boolean;
  /** A request without a valid token goes on as the anonymous role. */
  readonly anonymous: boolean;
}

/** One operation as the router and the web sockets need it. */
export interface Route {
  readonly operationId: string;
  readonly method: Method;
  /** With parameters in braces, as in the document. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly permission: Permission;
  readonly authenticated: boolean;
  /** A JSON body. */
  readonly hasBody: boolean;
  /** The body is bytes, to be streamed. */
  readonly upload: boolean;
  /** The answer is bytes or a text, to be streamed. */
  readonly download: boolean;
  readonly webSocket: WebSocketKind | undefined;
  /** The web socket is also there as server-sent events. */
  readonly eventStream: boolean;
}

/** All operations, those of one path together, a literal segment before a parameter in its place. */
export function readRoutes(document: OpenApiDocument): readonly Route[] {
  return Object.keys(document.paths)
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .flatMap((path) => routesOf(document, path));
}

/** Headers are read by whoever needs them. */
function isInUrl(parameter: ParameterObject): parameter is Parameter {
  return parameter.in !== 'header';
}

/** `{` would sort after letters as well, but not for every segment that a literal may begin with. */
function sortKey(path: string): string {
  return path.replaceAll('{', '\uffff');
}

function routesOf(document: OpenApiDocument, path: string): readonly Route[] {
  const item = document.paths[path] ?? {};
  return METHODS.flatMap((method) => {
    const operation = item[method.toLowerCase() as Lowercase<Method>];
    return operation ? [routeOf(document, path, method, operation)] : [];
  });
}

function routeOf(document: OpenApiDocument, path: string, method: Method, operation: OperationObject): Route {
  const shared = document.paths[path]?.parameters ?? [];
  const security = operation.security ?? document.security ?? [];
  const permission = operation['x-permission'];
  const { requestBody } = operation;
  const body = requestBody && resolve(document, requestBody).content;
  const reply = operation.responses['200'] && resolve(document, operation.responses['200']).content;
  return {
    operationId: operation.operationId,
    method,
    path,
    parameters: [...shared, ...(operation.parameters ?? [])]
      .map((parameter) => resolve(document, parameter))
      .filter(isInUrl),
    permission: { admin: false, anonymous: false, ...permission },
    authenticated: security.some((requirement) => 'token' in requirement),
    hasBody: body?.['application/json'] !== undefined,
    upload: body?.[BYTES] !== undefined,
    download: reply?.[BYTES] !== undefined || reply?.[TEXT] !== undefined,
    webSocket: operation['x-websocket'],
    eventStream: reply?.['text/event-stream'] !== undefined,
  };
}

function resolve<T extends object>(document: OpenApiDocument, node: T | Reference): T {
  if (!('$ref' in node)) return node;
  const [kind = '', name = ''] = node.$ref.replace('#/components/', '').split('/');
  const found = document.components?.[kind]?.[name];
  if (!found) throw new Error(`the OpenAPI document has no ${node.$ref}`);
  return found as T;
}
