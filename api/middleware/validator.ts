import type { Application, Request, RequestHandler, Response } from 'express';
import { middleware as openApiValidator } from 'express-openapi-validator';

import { invalid, type Problem } from '../../core/errors.ts';
import type { OpenApiDocument } from '../document.ts';
import { scopeOf } from './scope.ts';
import { runStep } from './step.ts';

type DocumentOfValidator = Exclude<Parameters<typeof openApiValidator>[0]['apiSpec'], string>;

const isSafe = (least: number, most: number) => ({
  type: 'number' as const,
  validate: (value: number) => Number.isSafeInteger(value) && value >= least && value <= most,
});
const FORMATS = {
  int64: isSafe(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  uint64: isSafe(0, Number.MAX_SAFE_INTEGER),
  uint8: isSafe(0, 255),
};

/** Checks bodies, and if asked to responses, against the document. Parameters are not its business. */
export class Validator {
  readonly #steps: readonly RequestHandler[];

  private constructor(steps: readonly RequestHandler[]) {
    this.#steps = steps;
  }

  /** @throws Error if the document is not valid; the validator itself would answer every request with it. */
  static async create(document: OpenApiDocument, validateResponses: boolean, app: Application): Promise<Validator> {
    const steps = openApiValidator({
      apiSpec: bodiesOnly(document),
      validateRequests: { allowUnknownQueryParameters: true },
      validateResponses: validateResponses && {
        onError: (error, _body, request) => {
          scopeOf(request).mismatch = error;
        },
      },
      validateSecurity: false,
      fileUploader: false,
      formats: FORMATS,
    });
    const [load] = steps;
    // The first step waits for the document and looks at nothing but the application.
    if (load) await runStep(load, { app } as Request, {} as Response);
    return new Validator(steps);
  }

  /** @throws GoferError that names every place of the body that is wrong. */
  async check(request: Request, response: Response): Promise<void> {
    try {
      for (const step of this.#steps) await runStep(step, request, response);
    } catch (error) {
      throw hasProblems(error) ? bodyError(error.errors, request.body) : error;
    }
  }
}

/** The validator changes the document it gets, so it gets a copy. */
function bodiesOnly(document: OpenApiDocument): DocumentOfValidator {
  const copy = structuredClone(document);
  const items: readonly { parameters?: unknown }[] = Object.values(copy.paths);
  for (const item of items) {
    delete item.parameters;
    for (const operation of Object.values(item)) {
      if (typeof operation === 'object' && operation !== null && 'parameters' in operation) delete operation.parameters;
    }
  }
  return copy as unknown as DocumentOfValidator;
}

interface ValidatorProblem {
  readonly path: string;
  readonly message: string;
  readonly errorCode?: string;
}

function hasProblems(error: unknown): error is { readonly status: 400; readonly errors: readonly ValidatorProblem[] } {
  return error instanceof Error && 'status' in error && error.status === 400 && 'errors' in error;
}

function bodyError(errors: readonly ValidatorProblem[], body: unknown): Error {
  return invalid(
    'the request body is not valid',
    errors.map((error) => problemOf(error, body)),
  );
}

/** Turns `/body/config/tasks/1/image` into `config.tasks[1].image` and looks up what stands there. */
function problemOf({ path: pointer, message, errorCode }: ValidatorProblem, body: unknown): Problem {
  const keys = pointer
    .split('/')
    .slice(2)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let value = body;
  let path = '';
  for (const key of keys) {
    path += Array.isArray(value) ? `[${key}]` : `${path && '.'}${key}`;
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  const place = path || 'body';
  return errorCode?.startsWith('required') ? { path: place, message: 'is required' } : { path: place, value, message };
}
