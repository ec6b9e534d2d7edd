/** The server refused a request. The message is the server's own and meant for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code, 400 to 599. */
  readonly status: number;
  /** Method and path, for example `GET /api/namespaces`. */
  readonly request: string;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(status: number, message: string, request: string, requestId?: string) {
    super(message);
    this.status = status;
    this.request = request;
    this.requestId = requestId;
  }
}

/** Nothing that speaks HTTP answered at the address. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly address: string;

  constructor(address: string, reason: string, cause?: unknown) {
    super(`cannot reach the Gofer API at ${address}: ${reason}`, { cause });
    this.address = address;
  }
}

/** The server ended a stream for another reason than its end. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
  /** WebSocket close code: 1001 no such task, 1008 refused, 1011 server error or shutdown, 1006 connection lost. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason === '' ? `the stream was cut off (close code ${code})` : `${reason} (close code ${code})`);
    this.code = code;
  }
}

/** Makes an error out of a refusal, whatever its body looks like. */
export async function apiErrorFrom(response: Response, request: string): Promise<ApiError> {
  return apiErrorOf(
    response.status,
    await response.text().catch(() => ''),
    request,
    response.headers.get('x-request-id'),
  );
}

export function apiErrorOf(status: number, body: string, request: string, requestId?: string | null): ApiError {
  const { message, request_id } = parseErrorBody(body);
  return new ApiError(status, message ?? `HTTP status ${status}`, request, request_id ?? requestId ?? undefined);
}

function parseErrorBody(body: string): { message?: string; request_id?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return {};
    const { message, request_id } = parsed as Record<string, unknown>;
    return {
      ...(typeof message === 'string' && { message }),
      ...(typeof request_id === 'string' && { request_id }),
    };
  } catch {
    return {};
  }
}

/** What a failed connection says about itself, such as `connection refused`. */
export function connectionProblem(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)';
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is not known';
    if (error.name === 'TimeoutError') return 'no answer in time';
    if (code !== undefined && error.cause === undefined) return error.message || code;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
